import type { Order } from '../directions/order.js';
import { countTokens, pieces } from './token-count.js';

/** What the stand-in says, and what it costs. */
export interface ReplyText {
  readonly pieces: readonly string[];
  readonly text: string;
  /** Why it ends: all was said, the caller's token limit, or its content (`[[fault:content-filter]]`). */
  readonly end: 'stop' | 'length' | 'content_filter';
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Says the prompt again; each piece counts as one token against the limit. */
export function replyText(order: Order, maxTokens: number): ReplyText {
  const all = pieces(`You said: ${order.text}`);
  const isFiltered = order.shows('content-filter');
  const kept = all.slice(0, isFiltered ? Math.min(maxTokens, FILTERED_PIECES) : maxTokens);
  const isCut = kept.length < all.length;
  return {
    pieces: kept,
    text: kept.join(''),
    end: isFiltered ? 'content_filter' : isCut ? 'length' : 'stop',
    inputTokens: countTokens(order.prompt),
    outputTokens: kept.length,
  };
}

/** Said before the filter sees it. */
const FILTERED_PIECES = 1;
