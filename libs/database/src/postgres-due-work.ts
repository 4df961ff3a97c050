import { DueWork, type Ring, type Step, STEPS } from '@app/tasks';
import type { Database } from './database.js';
import { CHECKS_IN_FLIGHT, OVERDUE, TAKE_OVERDUE } from './due-work.sql.js';

export class PostgresDueWork extends DueWork {
  constructor(private readonly database: Database) {
    super();
  }

  async relay(limit: number, deliver: (rings: readonly Ring[]) => Promise<void>): Promise<number> {
    return await this.database.transaction(async (client) => {
      const { rows } = await client.query<RingRow>(
        `DELETE FROM outbox WHERE id = ANY(ARRAY(SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED))
         RETURNING step, subject, ring, due_at, urgency`,
        [limit],
      );
      const rings = rows.filter(isKnown).map(toRing);
      if (rings.length > 0) await deliver(rings);
      return rows.length;
    });
  }

  async overdue(before: Date, limit: number): Promise<readonly Ring[]> {
    const rows = await this.database.query<RingRow>(OVERDUE, [before, limit]);
    return rows.map(toRing);
  }

  async takeOverdue(before: Date, limit: number, leaseMs: number): Promise<readonly Ring[]> {
    const rows = await this.database.query<RingRow>(TAKE_OVERDUE, [before, limit, leaseMs / 1000]);
    return rows.map(toRing);
  }

  async checksInFlight(afterAttemptId: string, limit: number): Promise<readonly Ring[]> {
    const rows = await this.database.query<RingRow>(CHECKS_IN_FLIGHT, [afterAttemptId, limit]);
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

/** A process of the version before, during a deploy, rings for callbacks (`deliver`): they need no rings. */
const isKnown = ({ step }: { readonly step: string }): boolean =>
  STEPS.some((known) => known === step);

interface RingRow {
  readonly step: Step;
  readonly subject: string;
  readonly ring: string;
  readonly due_at: Date;
  readonly urgency: number | null;
}

const MINUTE_MS = 60_000;

const toRing = ({ step, subject, ring, due_at, urgency }: RingRow): Ring => ({
  step,
  subject,
  ring,
  dueAt: due_at,
  ...(urgency !== null && { expiresAt: new Date(urgency * MINUTE_MS) }),
});
