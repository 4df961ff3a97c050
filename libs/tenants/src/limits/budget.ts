import type { Balance, LimitName } from './limiter.js';

/** What of a budget is gone: spent in its day or month, held by the ledger, or on its way there. */
export function budgetUsed(
  name: Extract<LimitName, 'daily-budget' | 'monthly-budget'>,
  {
    balance,
    pending,
    nowMs,
  }: { readonly balance: Balance; readonly pending: number; readonly nowMs: number },
): number {
  const { ends, spent } = spentBy(balance)[name];
  return (ends > nowMs ? Number(spent) : 0) + Number(balance.held) + pending;
}

/** Until when, Unix milliseconds, what was spent in the balance's day and month counts. */
const spentBy = (balance: Balance) => ({
  'daily-budget': { ends: endOfDayMs(balance.day), spent: balance.daySpent },
  'monthly-budget': { ends: endOfMonthMs(balance.month), spent: balance.monthSpent },
});

const DAY_MS = 86_400_000;

/** `2026-11-23`, UTC. */
export const endOfDayMs = (day: string): number => Date.parse(`${day}T00:00:00Z`) + DAY_MS;

/** `2026-11`, UTC. */
export function endOfMonthMs(month: string): number {
  const first = new Date(`${month}-01T00:00:00Z`);
  return Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1);
}

/** Until a budget is whole again. */
export function budgetResetMs(name: LimitName, nowMs: number): number {
  const today = new Date(nowMs).toISOString();
  const ends =
    name === 'daily-budget' ? endOfDayMs(today.slice(0, 10)) : endOfMonthMs(today.slice(0, 7));
  return ends - nowMs;
}
