import type { ReceiverHealth } from './receiver.js';

/** What operators were told of a receiver last. Times are Unix milliseconds. */
export interface ToldOfReceiver {
  /** Of the failure that it was about. */
  readonly failingSince: number;
  /** The longest of the times that were told of: it had failed for so long. */
  readonly afterMs: number;
  /** Told too: it is left alone, since then. */
  readonly disabledAt: number | null;
}

/** One thing to tell operators of a receiver. */
export type ReceiverNews =
  | {
      readonly kind: 'failing';
      readonly failedForMs: number;
      /** Until the policy leaves it alone for good; null: it does not. */
      readonly disabledInMs: number | null;
    }
  /** It is left alone for good, by policy or by a person. */
  | { readonly kind: 'disabled' }
  /** A person had it sent to again. */
  | { readonly kind: 'enabled' }
  | { readonly kind: 'recovered'; readonly failedForMs: number | null };

export type SeenHealth = Pick<
  ReceiverHealth,
  'failingSince' | 'lastFailureAt' | 'lastSuccessAt' | 'failures' | 'disabledAt'
>;

const HOUR_MS = 3_600_000;
/** Of the time after which a receiver is left alone. */
const SHARES = [0.5, 0.8, 1];

/**
 * What is to be told of a receiver now, and what has been told then; null: nothing new. It is told of
 * when it has failed for an hour and, where a policy leaves it alone after a time, for half, four
 * fifths and all of that; once each, the longest where several have passed. How long it has failed is
 * the time between its first failure and its last, so one that nothing is sent to does not grow worse.
 */
export function receiverNews(
  { failingSince, lastFailureAt, lastSuccessAt, disabledAt }: SeenHealth,
  told: ToldOfReceiver | null,
  disableAfterMs: number | null,
): { readonly news: ReceiverNews; readonly told: ToldOfReceiver | null } | null {
  if (disabledAt !== null) {
    if (told?.disabledAt === disabledAt) return null;
    const before = { failingSince: failingSince ?? disabledAt, afterMs: told?.afterMs ?? 0 };
    return { news: { kind: 'disabled' }, told: { ...before, disabledAt } };
  }
  if (told && told.disabledAt !== null) return { news: { kind: 'enabled' }, told: null };
  if (told && told.failingSince !== failingSince) {
    const failedForMs = lastSuccessAt && Math.max(lastSuccessAt - told.failingSince, 0);
    return { news: { kind: 'recovered', failedForMs }, told: null };
  }
  if (failingSince === null) return null;
  const failedForMs = (lastFailureAt ?? failingSince) - failingSince;
  const afterMs = longestPassed(failedForMs, disableAfterMs);
  if (afterMs <= (told?.afterMs ?? 0)) return null;
  const disabledInMs = disableAfterMs && Math.max(disableAfterMs - failedForMs, 0);
  return {
    news: { kind: 'failing', failedForMs, disabledInMs },
    told: { failingSince, afterMs, disabledAt: null },
  };
}

function longestPassed(failedForMs: number, disableAfterMs: number | null): number {
  const shares = disableAfterMs === null ? [] : SHARES.map((share) => share * disableAfterMs);
  return Math.max(0, ...[HOUR_MS, ...shares].filter((afterMs) => afterMs <= failedForMs));
}
