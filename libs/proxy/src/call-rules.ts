import { GatewayError } from '@app/errors';
import {
  bodyRules,
  maxTokensVerdict,
  modelVerdict,
  type Policies,
  requireAllowed,
} from '@app/tenants';
import type { EndpointKind } from './endpoint-kind.js';
import { MAX_COST_HEADER } from './max-cost.js';
import { isJson } from './media-type.js';
import { headerPairs, headerValue, type RawHeaders } from './raw-headers.js';
import type { ReadBody } from './read-judged-body.js';
import { IDEMPOTENCY_HEADER, isKeyed } from './replays/asked.js';

/** What there is to hold against a call whose body is not known yet. */
export interface CallFacts {
  readonly policies: Policies;
  readonly method: string;
  readonly endpoint: EndpointKind;
  readonly maxCostUsd: number | null;
  readonly headers: RawHeaders;
  readonly maxJsonBytes: number;
}

/** Why this call's body must be known: fields of policies, headers; none: it need not be. */
export function rulesOnBody(facts: CallFacts): readonly string[] {
  const rules = judgingRules(facts);
  return isKeyed(facts.method, facts.headers) ? [...rules, IDEMPOTENCY_HEADER] : rules;
}

/** Those for which it must be understood too. A key asks for the very bytes alone, on endpoints that are free as well. */
function judgingRules({ policies, endpoint, maxCostUsd }: CallFacts): readonly string[] {
  if (endpoint.kind === 'free') return [];
  const rules = bodyRules(policies).filter(
    (rule) => rule !== 'maxTokens' || endpoint.kind !== 'other',
  );
  return maxCostUsd === null ? rules : [...rules, MAX_COST_HEADER];
}

/** Whether what is no valid JSON is refused, wherever in it that stands. */
export const isStrict = (facts: CallFacts): boolean => judgingRules(facts).length > 0;

/** What a call starts that nobody here sees cannot be judged by its body either. @throws GatewayError POLICY_VIOLATION */
export function refuseDeferred(facts: CallFacts): void {
  const rules = judgingRules(facts);
  if (rules.length > 0 && facts.endpoint.kind === 'deferred') throw deferred(rules);
}

/**
 * Refuses a body by its headers where it would have to be known and cannot be.
 * @throws GatewayError UNSUPPORTED_MEDIA_TYPE or PAYLOAD_TOO_LARGE
 */
export function refuseUnreadable(facts: CallFacts): void {
  const rules = rulesOnBody(facts);
  if (rules.length === 0) return;
  const { headers, maxJsonBytes } = facts;
  if (!isPlainBody(headers)) throw encoded(rules);
  const type = headerValue(headers, 'content-type');
  if (isMultipart(type)) throw unread(rules, maxJsonBytes);
  if (!isPlainJson(headers)) throw otherType(rules, type);
  if (lengthOf(headers) > maxJsonBytes) throw unread(rules, maxJsonBytes);
}

/** Whether the body is JSON that may be read: not compressed, and not longer than what is read. */
export const isReadable = (headers: RawHeaders, maxJsonBytes: number): boolean =>
  isPlainBody(headers) && isPlainJson(headers) && lengthOf(headers) <= maxJsonBytes;

/**
 * @param read null: the request has no body
 * @throws GatewayError INVALID_REQUEST or POLICY_VIOLATION
 */
export function judgeBody(
  facts: CallFacts,
  read: ReadBody | null,
  namesOf: (model: string) => readonly string[],
): void {
  if (read && read.doubled !== null) throw doubled(read.doubled);
  if (!isStrict(facts)) return;
  if (read?.flaw) {
    const { reason, param } = read.flaw;
    throw new GatewayError('INVALID_REQUEST', reason, { param: param ?? undefined });
  }
  requireAllowed(judgedByPolicy(facts, read, namesOf));
}

function judgedByPolicy(
  { policies, endpoint }: CallFacts,
  read: ReadBody | null,
  namesOf: (model: string) => readonly string[],
) {
  const { body, toolModels = [] } = read ?? {};
  const model = body?.model ?? null;
  const named = [model === null ? [] : namesOf(model), ...toolModels.map(namesOf)];
  const refusal = named.map((names) => modelVerdict(policies, names)).find(Boolean) ?? null;
  if (refusal || endpoint.kind !== 'text') return refusal;
  const [field] = endpoint.maxTokensFields;
  return maxTokensVerdict(policies, { maxTokens: body?.maxTokens ?? null, field });
}

/** @throws GatewayError for a body that turned out, as it was read, not to fit */
export const unread = (rules: readonly string[], maxJsonBytes: number): GatewayError =>
  new GatewayError(
    'PAYLOAD_TOO_LARGE',
    `${because(rules)} Only JSON bodies of at most ${maxJsonBytes} bytes are read for that; larger ones and multipart are not.`,
  );

/** Too many bodies are being judged at the moment. */
export const noRoom = (): GatewayError =>
  new GatewayError(
    'SERVICE_UNAVAILABLE',
    'More bodies are being judged at once than this process can hold.',
    { retryAfterSeconds: 1 },
  );

const deferred = (rules: readonly string[]): GatewayError =>
  new GatewayError(
    'POLICY_VIOLATION',
    `What this call starts is paid for outside of it, where ${rules.join(', ')} cannot be kept; it is refused.`,
  );

const encoded = (rules: readonly string[]): GatewayError =>
  new GatewayError('UNSUPPORTED_MEDIA_TYPE', `${because(rules)} Send it without content-encoding.`);

const otherType = (rules: readonly string[], type: string | undefined): GatewayError => {
  const sent = type === undefined ? 'none' : JSON.stringify(type.slice(0, 80));
  return new GatewayError(
    'UNSUPPORTED_MEDIA_TYPE',
    `${because(rules)} Send one "content-type: application/json", not ${sent}.`,
  );
};

const doubled = (key: string): GatewayError => {
  const param = key.slice(0, 80);
  return new GatewayError('INVALID_REQUEST', `${param} stands twice in the body.`, { param });
};

const because = (rules: readonly string[]): string =>
  `The body must be known to keep ${rules.join(', ')}.`;

/** It is not compressed. */
export const isPlainBody = (headers: RawHeaders): boolean =>
  valuesOf(headers, 'content-encoding').every((value) => /^\s*(identity)?\s*$/i.test(value));

/** One content type and no more, and no other charset than the one that JSON has. */
export function isPlainJson(headers: RawHeaders): boolean {
  const types = valuesOf(headers, 'content-type');
  const [type] = types;
  if (types.length !== 1 || !isJson(type)) return false;
  const charset = /;\s*charset\s*=\s*"?([^";]*)/i.exec(type ?? '')?.[1]?.trim();
  return charset === undefined || /^utf-?8$/i.test(charset);
}

const isMultipart = (type: string | undefined): boolean => /^\s*multipart\//i.test(type ?? '');

const lengthOf = (headers: RawHeaders): number =>
  Number(headerValue(headers, 'content-length') ?? 0);

const valuesOf = (headers: RawHeaders, wanted: string): string[] =>
  [...headerPairs(headers)].flatMap(([name, value]) =>
    name.toLowerCase() === wanted ? [value] : [],
  );
