import type { PriceTable } from './price-table.js';

/** A table that was or is in force, as lists show it. */
export interface PriceVersion {
  readonly version: string;
  readonly effectiveFrom: string;
  readonly putAt: Date;
  /** Which operator; null: it came with the product. */
  readonly putBy: string | null;
}

/** Price tables as operators have put them; the newest is in force everywhere within 2 s. */
export abstract class PriceStore {
  /** Of the table that an operator put last; null: none was put, the shipped one holds. Cheap. */
  abstract currentVersion(): Promise<string | null>;
  /** Every version that was ever in force, newest first. */
  abstract versions(): Promise<readonly PriceVersion[]>;
  abstract find(version: string): Promise<PriceTable | null>;
  /**
   * Puts it in force.
   * @throws GatewayError INVALID_REQUEST with param `version` when that version was there before
   */
  abstract put(table: PriceTable, by: string): Promise<void>;
  /** Keeps the table that came with the product, so that its version can be read after an upgrade too. */
  abstract keepShipped(table: PriceTable): Promise<void>;
}
