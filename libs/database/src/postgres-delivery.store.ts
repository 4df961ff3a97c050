import {
  type AfterAttempt,
  type Delivery,
  type DeliveryAttempt,
  DeliveryStore,
} from '@app/callbacks';
import type { Database } from './database.js';
import type { Delivery as DeliveryRow, DeliveryAttempt as AttemptRow } from './generated/client.js';

export class PostgresDeliveryStore extends DeliveryStore {
  constructor(private readonly database: Database) {
    super();
  }

  async claim(deliveryId: string, leaseUntil: Date): Promise<Delivery | null> {
    const [row] = await this.database.query<DeliveryRow>(
      `UPDATE deliveries SET next_attempt_at = $2 WHERE id = $1 AND state = 'pending' AND next_attempt_at <= now()
       RETURNING id, task_id AS "taskId", tenant_id AS "tenantId", event, sequence, url, body, state, attempts, trigger,
         next_attempt_at AS "nextAttemptAt", created_at AS "createdAt"`,
      [deliveryId, leaseUntil],
    );
    return row ? toDelivery(row) : null;
  }

  async record(attempt: DeliveryAttempt, next: AfterAttempt): Promise<void> {
    await this.database.query(
      `WITH moved AS (
         UPDATE deliveries SET state = $2, attempts = $3, next_attempt_at = $4, trigger = 'schedule'
         WHERE id = $1 AND attempts = $3::int - 1 AND state = 'pending' RETURNING id
       ), rung AS (
         INSERT INTO outbox (step, subject, ring, due_at)
         SELECT 'deliver', id, $3::text, $4::timestamptz FROM moved WHERE $4::timestamptz IS NOT NULL
       )
       INSERT INTO delivery_attempts (delivery_id, number, trigger, started_at, duration_ms, status, error, answer_snippet)
       SELECT id, $3::int, $5, $6, $7, $8, $9, $10 FROM moved`,
      [
        attempt.deliveryId,
        next.state,
        attempt.number,
        next.nextAttemptAt,
        attempt.trigger,
        attempt.startedAt,
        attempt.durationMs,
        attempt.status,
        attempt.error,
        attempt.answerSnippet,
      ],
    );
  }

  async redeliver(taskId: string): Promise<boolean> {
    const rung = await this.database.query(
      // The ring has a name of its own: the queue may still hold that of the attempt to come.
      `WITH again AS (
         UPDATE deliveries SET state = 'pending', trigger = 'manual', next_attempt_at = now()
         WHERE task_id = $1 AND event IN ('task.success', 'task.fail') RETURNING id, next_attempt_at
       )
       INSERT INTO outbox (step, subject, ring, due_at)
       SELECT 'deliver', id, 'manual-' || (extract(epoch FROM next_attempt_at) * 1000)::bigint, next_attempt_at
       FROM again RETURNING subject`,
      [taskId],
    );
    return rung.length > 0;
  }

  async due(limit: number): Promise<readonly string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM deliveries WHERE state = 'pending' AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  async findForTask(taskId: string): Promise<readonly Delivery[]> {
    const rows = await this.database.read(
      async (prisma) =>
        await prisma.delivery.findMany({ where: { taskId }, orderBy: { sequence: 'asc' } }),
    );
    return rows.map(toDelivery);
  }

  async attemptsOf(taskId: string): Promise<readonly DeliveryAttempt[]> {
    const rows = await this.database.read(
      async (prisma) =>
        await prisma.deliveryAttempt.findMany({
          where: { delivery: { taskId } },
          orderBy: [{ delivery: { sequence: 'asc' } }, { number: 'asc' }],
        }),
    );
    return rows.map(toAttempt);
  }
}

/** The casts are true: only this lib writes these columns, and a CHECK constraint holds the states. */
const toDelivery = (row: DeliveryRow): Delivery => ({
  ...row,
  event: row.event as Delivery['event'],
  state: row.state as Delivery['state'],
  trigger: row.trigger as Delivery['trigger'],
});

const toAttempt = (row: AttemptRow): DeliveryAttempt => ({
  ...row,
  trigger: row.trigger as DeliveryAttempt['trigger'],
});
