import type { ReceiverKey } from './receiver.js';
import type { SeenHealth, ToldOfReceiver } from './receiver-news.js';

/** A receiver that fails or is left alone, or did so when operators were told of it last. */
export interface WatchedReceiver extends ReceiverKey {
  readonly tenant: string;
  readonly health: SeenHealth;
  /** Null: they were told of nothing that is not over. */
  readonly told: ToldOfReceiver | null;
}

/** How the callbacks stand over all workers. No tenant is named. */
export interface CallbackFigures {
  /** Receivers whose last attempt failed, within the last two days, and that are not disabled. */
  readonly failing: number;
  /** Those of them that are left alone for a while, because they kept failing. */
  readonly open: number;
  /** Left alone for good. */
  readonly disabled: number;
  /** Pending deliveries: due, to come, or under way; counted to a hundred thousand. */
  readonly waiting: number;
  /** Since when the oldest of them is due; null: none is. */
  readonly oldestDue: Date | null;
  /** Since when a worker should have looked at something that it has not; null: all is in time. */
  readonly lateSince: Date | null;
}

/** The receivers as operators are told of them. */
export abstract class ReceiverReports {
  abstract figures(): Promise<CallbackFigures>;

  /** In the order of their keys, after this one; at most `limit`. */
  abstract watched(after: ReceiverKey | null, limit: number): Promise<readonly WatchedReceiver[]>;

  /** Notes what is told now. False: another worker did, or the receiver is gone; then it tells. */
  abstract note(
    key: ReceiverKey,
    before: ToldOfReceiver | null,
    told: ToldOfReceiver | null,
  ): Promise<boolean>;
}
