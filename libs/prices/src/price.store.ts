import type { PriceTable } from './price-table.js';

/** Price tables as operators have put them; the newest is in force everywhere within 2 s. */
export abstract class PriceStore {
  /** Null: none was put, the shipped one holds. */
  abstract current(): Promise<PriceTable | null>;
  /** Every version that was ever in force, newest first. */
  abstract versions(): Promise<readonly Pick<PriceTable, 'version' | 'effectiveFrom'>[]>;
  abstract find(version: string): Promise<PriceTable | null>;
  /**
   * Puts it in force and moves the epoch.
   * @throws GatewayError INVALID_REQUEST with param `version` when that version was there before
   */
  abstract put(table: PriceTable, by: string): Promise<void>;
}
