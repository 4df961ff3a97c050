import { type Balance, endOfDayMs, endOfMonthMs } from '@app/tenants';

/** A balance as the scripts take it: times in microseconds, so that Redis needs no calendar. */
export const balanceFields = (balance: Balance): readonly string[] => [
  String(balance.version),
  micros(endOfDayMs(balance.day)),
  String(balance.daySpent),
  micros(endOfMonthMs(balance.month)),
  String(balance.monthSpent),
  String(balance.held),
];

/** In the place of a balance that was not read. */
export const NO_BALANCE: readonly string[] = ['', '', '', '', '', ''];

/** A scope of which nothing was ever spent has no day. */
const micros = (ms: number): string => (Number.isFinite(ms) ? (ms * 1000).toFixed(0) : '0');
