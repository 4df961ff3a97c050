import type { Metrics } from '@app/observability';
import type { OutputStore } from '@app/outputs';
import type { DueWork, RetentionStore } from '@app/tasks';
import type { Duty } from './duty.js';

export interface RetentionParts {
  readonly work: Pick<DueWork, 'forgetIdempotencyKeys'>;
  readonly rows: RetentionStore;
  readonly outputs: Pick<OutputStore, 'delete'>;
  readonly metrics: Metrics;
  /** How long finished tasks are kept, and receivers that nothing is sent to. */
  readonly taskDays: number;
}

/**
 * Forgets what has had its time: idempotency keys, objects, tasks, receivers and whose responses are. Objects go before the
 * rows that name them, so one that could not be deleted is tried again. Small batches, one after the
 * other: nobody waits long for their locks.
 */
export class RetentionDuty implements Duty {
  readonly name = 'retention';
  readonly everyMs = 60_000;

  constructor(private readonly parts: RetentionParts) {}

  /** What fails in one part holds up no other; the first failure shows when all had their turn. */
  async runOnce(): Promise<boolean> {
    const now = new Date();
    const { work, rows, taskDays } = this.parts;
    const batches: readonly (() => Promise<boolean>)[] = [
      async () => (await work.forgetIdempotencyKeys(now, BATCH)) === BATCH,
      async () => await this.expire(now),
      async () => (await rows.dropTasks(daysBefore(now, taskDays), TASKS)) === TASKS,
      async () => (await rows.dropReceivers(daysBefore(now, taskDays), BATCH)) === BATCH,
      async () => (await rows.dropResponses(daysBefore(now, RESPONSE_DAYS), BATCH)) === BATCH,
    ];
    const failures: unknown[] = [];
    let more = false;
    for (const batch of batches) {
      try {
        more = (await batch()) || more;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return more;
  }

  private async expire(now: Date): Promise<boolean> {
    const keys = await this.parts.rows.expiredObjects(now, OBJECTS);
    const deleted = await Promise.allSettled(
      keys.map(async (key) => {
        await this.parts.outputs.delete(key);
        return key;
      }),
    );
    const gone = deleted.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (gone.length > 0) await this.parts.rows.forgetObjects(gone);
    this.parts.metrics.objectsExpired.inc(gone.length);
    for (const one of deleted) if (one.status === 'rejected') throw one.reason;
    return keys.length === OBJECTS;
  }
}

const BATCH = 1_000;
/** Each has rows in five other tables. */
const TASKS = 200;
const OBJECTS = 100;
/** Twice as long as OpenAI keeps them. */
const RESPONSE_DAYS = 60;

const daysBefore = (now: Date, days: number): Date => new Date(now.getTime() - days * 86_400_000);
