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
  /** One for each scope; of one without a row zeros, version 0, and a day and a month long ago. */
  abstract balances(scopes: readonly string[]): Promise<readonly Balance[]>;
  /**
   * Those that changed since that moment, perhaps some more; null: all. `asOf` is what to ask with next
   * time: nothing that changes is ever left out.
   */
  abstract changedBalances(since: Date | null): Promise<{
    readonly balances: readonly Balance[];
    readonly asOf: Date;
  }>;
  /** Says that this process is alive; its open holds are its own for a while longer. */
  abstract beat(owner: string): Promise<void>;
  /** Those of these processes that have been heard of within this time. */
  abstract heardOf(owners: readonly string[], withinMs: number): Promise<ReadonlySet<string>>;
  /**
   * Request holds whose process has not been heard of for so long; and those as old whose outcome is there
   * without a release: nobody has them open.
   */
  abstract abandonedHolds(silentMs: number, limit: number): Promise<readonly OpenHold[]>;
  /** Those of these subjects for which a vendor charged, or may have, without an outcome; null: nobody knows how much. */
  abstract lostOf(subjects: readonly string[]): Promise<ReadonlyMap<string, bigint | null>>;
  /** Forgets processes that have not been heard of for a day and hold nothing. */
  abstract forgetOwners(): Promise<void>;
}
