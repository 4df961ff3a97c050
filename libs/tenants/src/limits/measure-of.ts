import { budgetResetMs } from './budget.js';
import { type Demand, isBudget } from './dimensions.js';
import { fits, type Measure } from './measure.js';

/** What was counted; times in microseconds. */
export interface Counted {
  readonly now: number;
  readonly used: number;
  /** Of sliding windows: until it is whole, until the call fits, and how long it is. */
  readonly window?: { readonly reset: number; readonly frees: number; readonly window: number };
}

/** A count as it is judged. */
export function measureOf({ scope, name, limit, amount }: Demand, counted: Counted): Measure {
  const { used, window } = counted;
  const about = { scope: scope.id, name, limit, used, amount };
  const waitMs = (ms: number): number | null => {
    if (fits(about)) return 0;
    return amount > limit ? null : ms;
  };
  if (isBudget(name)) {
    // What is held is not given back by another day, but as that begins is the first time to ask again.
    const resetMs = budgetResetMs(name, Math.floor(counted.now / 1000));
    return { ...about, resetMs, resetAfterMs: resetMs, fitsMs: waitMs(resetMs) };
  }
  // Nobody knows when an open call ends.
  if (!window) return { ...about, resetMs: 0, resetAfterMs: 0, fitsMs: waitMs(SLOT_WAIT_MS) };
  const resetMs = wholeMs(window.reset);
  return {
    ...about,
    resetMs,
    resetAfterMs: amount > 0 ? wholeMs(window.window) : resetMs,
    fitsMs: waitMs(wholeMs(window.frees)),
  };
}

const SLOT_WAIT_MS = 1_000;

const wholeMs = (micros: number): number => Math.ceil(micros / 1000);
