import type { OutboundErrorKind } from '@app/outbound';

/** How one attempt ended: the receiver's status line, or what went wrong on the way. */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfterSeconds?: number | undefined;
    }
  | { readonly kind: 'failed'; readonly failure: OutboundErrorKind };

export type Verdict =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'dead' }
  /** We broke it off; the receiver may have had it. */
  | { readonly outcome: 'interrupted' }
  | {
      readonly outcome: 'retry';
      readonly timedOutOr429: boolean;
      readonly retryAfterSeconds?: number | undefined;
    };

/**
 * What an attempt's end means for its delivery. Only a 2xx delivers. Retrying is the rule, also for
 * names that do not resolve or lead to forbidden addresses and redirects, because a receiver may be
 * mended; it ends at once only where the receiver asks for that (410) or the URL's text is not taken.
 */
export function judgeAnswer(answer: Answer): Verdict {
  if (answer.kind === 'failed') return FAILURES[answer.failure];
  if (answer.status >= 200 && answer.status < 300) return DELIVERED;
  if (answer.status === 410) return DEAD;
  return {
    outcome: 'retry',
    timedOutOr429: answer.status === 429,
    retryAfterSeconds: answer.retryAfterSeconds,
  };
}

const DELIVERED: Verdict = { outcome: 'delivered' };
const DEAD: Verdict = { outcome: 'dead' };
const RETRY: Verdict = { outcome: 'retry', timedOutOr429: false };

const FAILURES: Readonly<Record<OutboundErrorKind, Verdict>> = {
  'refused-address': DEAD,
  unresolved: RETRY,
  connect: RETRY,
  reset: RETRY,
  timeout: { outcome: 'retry', timedOutOr429: true },
  'too-large': RETRY,
  aborted: { outcome: 'interrupted' },
};
