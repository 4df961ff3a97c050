import type { Balance } from './limiter.js';

/** The copy of balances that budgets are judged by. */
export abstract class BudgetMirror {
  /** Replaces the copies that are there, by version: an older balance never replaces a newer one. */
  abstract push(balances: readonly Balance[]): Promise<void>;
  /** Drops all copies: each is read from the ledger again before anything is let through by it. */
  abstract forget(): Promise<void>;
}
