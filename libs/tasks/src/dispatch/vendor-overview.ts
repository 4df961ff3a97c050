import type { Breaker } from '@app/outbound';
import type { LaneFigures } from '../engine-figures.js';
import type { AccountHealth } from './account-health.js';
import type { AccountTrouble } from './account-trouble.js';

/** How vendors and their accounts stand, for operators; by account id unless told. */
export interface VendorsSeen {
  readonly now: Date;
  /** Vendors with something that waits or runs. */
  readonly lanes: readonly LaneFigures[];
  /** Tasks that hold a slot. */
  readonly inFlight: ReadonlyMap<string, number>;
  readonly breakers: readonly {
    readonly provider: string;
    readonly model: string;
    readonly breaker: Breaker;
  }[];
  /** Accounts that were throttled. */
  readonly throttled: ReadonlyMap<string, AccountHealth>;
  /** By `troubleName`. */
  readonly troubles: ReadonlyMap<string, AccountTrouble>;
  /** Submits of the last ten minutes that are over; of many, the newest. */
  readonly attempts: ReadonlyMap<string, { readonly done: number; readonly failed: number }>;
}

export abstract class VendorOverview {
  abstract read(): Promise<VendorsSeen>;

  /**
   * Forgets what a vendor refused an account: it is sent tasks again at once. Returns the names
   * (`troubleName`) of what it had.
   */
  abstract liftTroubles(provider: string, account: string): Promise<readonly string[]>;
}
