import type { Breaker } from '@app/outbound';

/** How the engine stands, for metrics. No tenant is named. */
export interface Figures {
  /** Vendors with something that waits or runs. */
  readonly lanes: readonly LaneFigures[];
  /** When the oldest ring was put into the outbox, or is due; null: it is empty. */
  readonly oldestRing: Date | null;
  readonly breakers: readonly {
    readonly provider: string;
    readonly model: string;
    readonly breaker: Breaker;
  }[];
  /** Accounts that their vendors refuse, by `troubleName`. */
  readonly troubles: readonly string[];
}

export interface LaneFigures {
  readonly provider: string;
  /** Tasks that hold a slot: always a count of rows. */
  readonly slots: number;
  /** Tasks that wait for one, counted to a hundred thousand at most. */
  readonly waiting: number;
  /** Since when the first of them waits. */
  readonly oldest: Date | null;
}

export abstract class EngineFigures {
  abstract read(now: Date): Promise<Figures>;
}
