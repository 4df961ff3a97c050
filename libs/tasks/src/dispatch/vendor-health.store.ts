import type { Breaker } from '@app/outbound';
import type { AccountTrouble } from './account-trouble.js';
import type { AccountHealth } from './account-health.js';

/** Both by `troubleName`. */
export interface EndedTroubles {
  readonly ended: readonly string[];
  readonly left: readonly string[];
}

export interface TroubleSubject {
  readonly account: string;
  readonly model: string | null;
}

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

  /**
   * As `changeBreaker`, for an account that is refused: the whole of it, or (`model`) its access to one
   * model.
   */
  abstract changeTrouble(
    provider: string,
    subject: TroubleSubject,
    next: (now: AccountTrouble | null) => AccountTrouble,
  ): Promise<void>;

  /** The troubles of a vendor's accounts, by `troubleName`. */
  abstract troublesOf(provider: string): Promise<ReadonlyMap<string, AccountTrouble>>;

  /** Forgets those of these (by `troubleName`) that may be over (`mayBeOver`); the others are left. */
  abstract endTroubles(
    provider: string,
    names: readonly string[],
    nowMs: number,
  ): Promise<EndedTroubles>;

  abstract changeAccount(
    provider: string,
    account: string,
    next: (now: AccountHealth | null) => AccountHealth | null,
  ): Promise<void>;
}
