import { type Cost, type LimitState, takenOf } from '@app/tenants';
import type { ExplainedLimits, LimitLeft } from './explanation.js';

/**
 * From how limits stand once a call has reserved its part. Exact: the call takes the same of each scope, so the
 * one with the least left is the same before and after. Null: no limit is in force. Pure.
 */
export function grantedLimits(states: readonly LimitState[], cost: Cost): ExplainedLimits | null {
  if (states.length === 0) return null;
  const after = states.map(left);
  const before = after.map((state) => ({
    ...state,
    remaining: state.remaining + takenOf(state.name, cost),
  }));
  return { before, after };
}

/** Of a call that a limit refused: it took nothing. Pure. */
export function refusedLimits(states: readonly LimitState[]): ExplainedLimits {
  const both = states.map(left);
  return { before: both, after: both };
}

const left = ({ name, limit, remaining }: LimitState): LimitLeft => ({ name, limit, remaining });
