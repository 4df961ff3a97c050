import { DueWork, type Ring, type Step } from '@app/tasks';
import type { Database } from './database.js';

export class PostgresDueWork extends DueWork {
  constructor(private readonly database: Database) {
    super();
  }

  async relay(limit: number, deliver: (rings: readonly Ring[]) => Promise<void>): Promise<number> {
    return await this.database.transaction(async (client) => {
      const { rows } = await client.query<RingRow>(
        `DELETE FROM outbox WHERE id = ANY(ARRAY(SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED))
         RETURNING step, subject, ring, due_at`,
        [limit],
      );
      if (rows.length > 0) await deliver(rows.map(toRing));
      return rows.length;
    });
  }

  async overdue(before: Date, limit: number): Promise<readonly Ring[]> {
    const rows = await this.database.query<RingRow>(OVERDUE, [before, limit]);
    return rows.map(toRing);
  }

  async pastDeadline(now: Date, limit: number): Promise<readonly string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM tasks WHERE next_action_at IS NOT NULL AND deadline_at < $1 ORDER BY deadline_at LIMIT $2`,
      [now, limit],
    );
    return rows.map(({ id }) => id);
  }

  async forgetIdempotencyKeys(now: Date, limit: number): Promise<number> {
    const deleted = await this.database.query(
      // A row that a request is taking again at this moment is locked, and passed by.
      `DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(SELECT ctid FROM idempotency_keys
         WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING key`,
      [now, limit],
    );
    return deleted.length;
  }
}

interface RingRow {
  readonly step: Step;
  readonly subject: string;
  readonly ring: string;
  readonly due_at: Date;
}

const toRing = ({ step, subject, ring, due_at }: RingRow): Ring => ({
  step,
  subject,
  ring,
  dueAt: due_at,
});

/**
 * The ring's id is the same for as long as the row is overdue: the queue ignores an id that it still
 * holds, so a backlog is not rung over and over.
 */
const OVERDUE = `
(SELECT CASE status WHEN 'archiving' THEN 'archive' ELSE 'submit' END AS step, id AS subject,
   'again-' || version AS ring, next_action_at AS due_at
 FROM tasks WHERE next_action_at < $1 ORDER BY next_action_at LIMIT $2)
UNION ALL
(SELECT 'submit', task_id, 'lease-' || number, lease_until
 FROM attempts WHERE state = 'submitting' AND lease_until < $1 ORDER BY lease_until LIMIT $2)
UNION ALL
(SELECT 'check', id, 'again-' || checks, next_check_at
 FROM attempts WHERE state = 'submitted' AND next_check_at < $1 ORDER BY next_check_at LIMIT $2)
UNION ALL
(SELECT 'deliver', id, 'again-' || attempts, next_attempt_at
 FROM deliveries WHERE state = 'pending' AND next_attempt_at < $1 ORDER BY next_attempt_at LIMIT $2)`;
