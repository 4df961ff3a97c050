import type { Order } from '../directions/order.js';
import { countTokens, pieces } from './token-count.js';

/** What the stand-in says, and what it costs. */
export interface ReplyText {
  readonly pieces: readonly string[];
  readonly text: string;
  /** Cut by the caller's token limit. */
  readonly isCut: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Pure. Says the prompt again; each piece counts as one token against the limit. */
export function replyText(order: Order, maxTokens: number): ReplyText {
  const all = pieces(`You said: ${order.text}`);
  const kept = all.slice(0, maxTokens);
  return {
    pieces: kept,
    text: kept.join(''),
    isCut: kept.length < all.length,
    inputTokens: countTokens(order.prompt),
    outputTokens: kept.length,
  };
}
