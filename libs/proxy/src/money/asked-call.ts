import type { PriceTable } from '@app/prices';
import type { JudgedBody } from '../judged-body.js';
import { bodyFacts } from './body-facts.js';
import type { BoundedCall, CostBound } from './bound.js';
import { costBound } from './cost-bound.js';
import { type PaidEndpoint, paidEndpoint } from './paid-endpoint.js';

/** What is kept of a call until it is over: enough to price and to estimate it, and not its body. */
export interface AskedCall {
  readonly endpoint: PaidEndpoint;
  /** Null: it names none, or its body is not read. */
  readonly model: string | null;
  /** Null: not read. */
  readonly bodyBytes: number | null;
  readonly maxTokens: number | null;
  /** Of a text to be spoken. */
  readonly characters: number | null;
  /** What it uses is told by a later read, if at all. */
  readonly inBackground: boolean;
  /** Tokens of the pictures that it asks for, where their size and quality are listed. */
  readonly pictureTokens: number | null;
}

/** Pure. `bound`: what was bounded already, else null. */
export function askedCall(
  call: BoundedCall,
  bound: CostBound | null,
  table: PriceTable,
): AskedCall {
  const endpoint = paidEndpoint(call.method, call.path);
  const { body } = call;
  return {
    endpoint,
    model: body?.model ?? null,
    bodyBytes: body?.bytes.length ?? null,
    maxTokens: body?.maxTokens ?? null,
    characters: endpoint === 'speech' && body ? (bodyFacts(body)?.characters ?? null) : null,
    inBackground: endpoint === 'text' && body !== null && isInBackground(body),
    pictureTokens: endpoint === 'images' ? (bound ?? costBound(call, table)).tokensOut : null,
  };
}

/** Most bodies do not have the word, and are not parsed for it. */
const isInBackground = (body: JudgedBody): boolean =>
  body.bytes.includes('"background"') && (bodyFacts(body)?.inBackground ?? false);
