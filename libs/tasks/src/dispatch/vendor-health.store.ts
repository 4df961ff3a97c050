import type { AccountHealth } from './account-health.js';
import type { Breaker } from './breaker.js';

/** How vendors fare, as all workers see it. */
export abstract class VendorHealthStore {
  /**
   * Changes one model's breaker: `next` gets what is there (null: nothing ever happened) and returns
   * what shall be there; null or the same object: nothing is written. Changes at once come one after another.
   */
  abstract changeBreaker(
    provider: string,
    model: string,
    next: (now: Breaker | null) => Breaker | null,
  ): Promise<void>;

  abstract changeAccount(
    provider: string,
    account: string,
    next: (now: AccountHealth | null) => AccountHealth | null,
  ): Promise<void>;
}
