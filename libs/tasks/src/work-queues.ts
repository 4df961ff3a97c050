/**
 * What waits for workers, as operators see it. `submit`: tasks that wait for a slot of their vendor;
 * `check`: jobs at vendors that are due to be looked at; `archive`: tasks whose outputs are brought home;
 * `callback`: deliveries.
 */
export const WORK_QUEUES = ['submit', 'check', 'archive', 'callback'] as const;
export type WorkQueue = (typeof WORK_QUEUES)[number];

export interface QueueStanding {
  readonly name: WorkQueue;
  /** Rows that are due, counted to a hundred thousand at most. */
  readonly depth: number;
  /** Since when the one that has waited longest is due; null: none is. */
  readonly oldest: Date | null;
  /** Since when it is paused; null: it is not. */
  readonly pausedSince: Date | null;
}

/** Queues are rows; a paused one goes on filling and loses nothing. Deadlines hold all the same. */
export abstract class WorkQueues {
  abstract standing(now: Date): Promise<readonly QueueStanding[]>;
  /** Workers heard of within the last ten seconds. */
  abstract liveWorkers(): Promise<number>;
  /** Every worker stops taking from it within two seconds; what is under way goes on. Twice is once. */
  abstract pause(queue: WorkQueue): Promise<void>;
  abstract resume(queue: WorkQueue): Promise<void>;
  /** Says that this worker is alive, and reads what is paused. */
  abstract beat(owner: string): Promise<ReadonlySet<WorkQueue>>;
}
