import type { LimitName, LimitState, LimitVerdict } from './limiter.js';

/** How one limit of one scope stands before a call, and what the call takes of it. */
export interface Measure {
  readonly scope: string;
  readonly name: LimitName;
  readonly limit: number;
  /** What counts by now, the call not. */
  readonly used: number;
  readonly amount: number;
  /** Until the limit is whole again when nothing more is taken. */
  readonly resetMs: number;
  /** The same once the call has taken its part. */
  readonly resetAfterMs: number;
  /** Until the call fits; 0: it does; null: it is larger than the limit. */
  readonly fitsMs: number | null;
}

export const fits = ({ used, amount, limit }: Pick<Measure, 'used' | 'amount' | 'limit'>) =>
  used + amount <= limit;

/**
 * The verdict on a call of which these are all limits; the one place that judges, for Redis's counts and
 * a process's own alike.
 */
export function verdictOf(measures: readonly Measure[]): LimitVerdict {
  const refused = measures.filter((measure) => !fits(measure));
  const worst = refused.toSorted((a, b) => waitOf(b) - waitOf(a))[0];
  if (!worst) return { ok: true, states: tightest(measures.map(afterwards)) };
  return {
    ok: false,
    refused: { ...asItIs(worst), scope: worst.scope },
    retryAfterMs: worst.fitsMs,
    states: tightest(measures.map(asItIs)),
  };
}

/** Waiting for one limit is in vain where another takes longer. */
const waitOf = ({ fitsMs }: Measure): number => fitsMs ?? Number.POSITIVE_INFINITY;

const afterwards = ({ name, limit, used, amount, resetAfterMs }: Measure): LimitState => ({
  name,
  limit,
  remaining: limit - used - amount,
  resetMs: resetAfterMs,
});

const asItIs = ({ name, limit, used, resetMs }: Measure): LimitState => ({
  name,
  limit,
  remaining: Math.max(limit - used, 0),
  resetMs,
});

/** Of each limit the scope with the least left. */
function tightest(states: readonly LimitState[]): readonly LimitState[] {
  const byName = new Map<LimitName, LimitState>();
  for (const state of states) {
    const other = byName.get(state.name);
    if (!other || isTighter(state, other)) byName.set(state.name, state);
  }
  return [...byName.values()];
}

const isTighter = (one: LimitState, other: LimitState): boolean =>
  one.remaining < other.remaining || (one.remaining === other.remaining && one.limit < other.limit);
