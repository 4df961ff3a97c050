import type { Delivery } from '../delivery.js';
import type { AlertSettings, Condition, Incident } from './alert.js';

/** What operators are told, and what goes on. */
export abstract class AlertStore {
  /** Null: no operator has said where to. */
  abstract settings(): Promise<AlertSettings | null>;
  abstract changeSettings(settings: AlertSettings): Promise<void>;

  /** What holds now, by the rows of balances, receivers and vendors' health. */
  abstract conditions(thresholds: readonly number[]): Promise<readonly Condition[]>;
  abstract open(): Promise<readonly Incident[]>;
  /** Newest first, open ones and those that are over. */
  abstract newest(limit: number): Promise<readonly Incident[]>;

  /**
   * Opens the incident and writes its delivery in one commit. False: it is open already, and nothing was
   * written; so of several workers one tells.
   */
  abstract begin(condition: Condition, delivery: Delivery | null, now: Date): Promise<boolean>;
  /** The same for its end. False: somebody else ended it. */
  abstract end(incident: Incident, delivery: Delivery | null, now: Date): Promise<boolean>;
  /** A delivery of no incident, to see one arrive. */
  abstract send(delivery: Delivery): Promise<void>;
  /** Takes away what ended before then. */
  abstract forget(before: Date): Promise<void>;
}
