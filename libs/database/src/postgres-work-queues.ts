import { type QueueStanding, WORK_QUEUES, type WorkQueue, WorkQueues } from '@app/tasks';
import type { Database } from './database.js';

export class PostgresWorkQueues extends WorkQueues {
  constructor(private readonly database: Database) {
    super();
  }

  async standing(now: Date): Promise<readonly QueueStanding[]> {
    const [paused, ...counted] = await Promise.all([
      this.database.query<{ queue: string; since: Date }>(
        'SELECT queue, since FROM queue_pauses',
        [],
      ),
      ...WORK_QUEUES.map(async (name) => {
        const [row] = await this.database.query<{ depth: number; oldest: Date | null }>(
          `SELECT count(*)::int AS depth, min(due) AS oldest FROM (${DUE[name]} LIMIT $2) AS due`,
          [now, COUNTED_TO],
        );
        return { name, depth: row?.depth ?? 0, oldest: row?.oldest ?? null };
      }),
    ]);
    const since = new Map(paused.map((row) => [row.queue, row.since]));
    return counted.map((row) => ({ ...row, pausedSince: since.get(row.name) ?? null }));
  }

  async liveWorkers(): Promise<number> {
    const [row] = await this.database.query<{ workers: number }>(
      `SELECT count(*)::int AS workers FROM worker_beats WHERE seen_at > now() - interval '10 seconds'`,
      [],
    );
    return row?.workers ?? 0;
  }

  async pause(queue: WorkQueue): Promise<void> {
    await this.database.query(
      'INSERT INTO queue_pauses (queue, since) VALUES ($1, now()) ON CONFLICT (queue) DO NOTHING',
      [queue],
    );
  }

  async resume(queue: WorkQueue): Promise<void> {
    await this.database.query('DELETE FROM queue_pauses WHERE queue = $1', [queue]);
  }

  async beat(owner: string): Promise<ReadonlySet<WorkQueue>> {
    const rows = await this.database.query<{ queue: WorkQueue }>(BEAT, [owner]);
    return new Set(rows.map(({ queue }) => queue));
  }
}

/** Counting a long line costs more than anybody wants to know. */
const COUNTED_TO = 100_000;

/** Each by an index of its own: `tasks_waiting`, `attempts_due`, `tasks_due`, `deliveries_due`. `$1`: now. */
const DUE: Readonly<Record<WorkQueue, string>> = {
  submit: `SELECT dispatch_at AS due FROM tasks WHERE dispatch_at IS NOT NULL AND dispatch_at <= $1`,
  check: `SELECT next_check_at AS due FROM attempts WHERE next_check_at IS NOT NULL AND next_check_at <= $1`,
  archive: `SELECT next_action_at AS due FROM tasks WHERE next_action_at <= $1 AND status = 'archiving' AND parent_id IS NULL`,
  callback: `SELECT next_attempt_at AS due FROM deliveries WHERE next_attempt_at IS NOT NULL AND next_attempt_at <= $1`,
};

/** `$1`: the worker. Those that have been silent for a day are gone for good. */
const BEAT = `
WITH beaten AS (
  INSERT INTO worker_beats (owner, seen_at) VALUES ($1, now())
  ON CONFLICT (owner) DO UPDATE SET seen_at = excluded.seen_at
), gone AS (
  DELETE FROM worker_beats WHERE seen_at < now() - interval '1 day'
)
SELECT queue FROM queue_pauses`;
