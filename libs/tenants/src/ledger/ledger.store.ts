import type { Balance } from '../limits/limiter.js';
import type { Transfer } from './ledger.js';

/** A hold whose outcome has not been written. */
export interface OpenHold {
  readonly subject: string;
  readonly tenantId: string;
  readonly keyId: string | null;
  readonly model: string;
  readonly provider: string;
  readonly amountNanoUsd: number;
  readonly priceVersion: string | null;
  readonly at: Date;
  readonly owner: string | null;
}

/**
 * The ledger. Tasks write their transfers in the statements that create and end them (`NewTask.hold`,
 * `Transition.transfers`); requests write theirs here, in batches. Balances, open holds and roll-ups
 * follow each row within its own transaction (a trigger of the table), so they cannot differ from it.
 */
export abstract class LedgerStore {
  /** Writes all or nothing; a (subject, kind) that is there already is left out. */
  abstract write(transfers: readonly Transfer[]): Promise<void>;
  /** A scope without a row has a balance of zeros and version 0. */
  abstract balances(scopes: readonly string[]): Promise<readonly Balance[]>;
  /** Those that changed after that moment, by the clock of Postgres; and that moment of this read. */
  abstract changedBalances(since: Date | null): Promise<{
    readonly balances: readonly Balance[];
    readonly asOf: Date;
  }>;
  /** Says that this process is alive; its open holds are its own for a while longer. */
  abstract beat(owner: string): Promise<void>;
  /** Request holds whose process has not been heard of for so long. */
  abstract abandonedHolds(silentMs: number, limit: number): Promise<readonly OpenHold[]>;
}
