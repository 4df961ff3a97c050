import { type Breaker, EngineFigures, type Figures, type LaneFigures } from '@app/tasks';
import type { Database } from './database.js';
import { readSubject } from './vendor-health-subject.js';

export class PostgresEngineFigures extends EngineFigures {
  constructor(private readonly database: Database) {
    super();
  }

  async read(now: Date): Promise<Figures> {
    const [lanes, oldest, health] = await Promise.all([
      this.database.query<LaneFigures>(LANES, [now, COUNTED_TO]),
      this.database.query<{ due_at: Date }>(OLDEST_RING, []),
      this.database.query<{ provider: string; subject: string; state: unknown }>(HEALTH, []),
    ]);
    const breakers = health.flatMap(({ provider, subject, state }) => {
      const { kind, name } = readSubject(provider, subject);
      // Only `PostgresVendorHealthStore` writes the column, from values of these types.
      return kind === 'model' ? [{ provider, model: name, breaker: state as Breaker }] : [];
    });
    const troubles = health.flatMap(({ provider, subject }) => {
      const { kind, name } = readSubject(provider, subject);
      return kind === 'trouble' ? [name] : [];
    });
    return { lanes, oldestRing: oldest[0]?.due_at ?? null, breakers, troubles };
  }
}

/** Counting a long line costs more than anybody wants to know. */
const COUNTED_TO = 100_000;

/**
 * `$1`: now, `$2`: how far the line is counted. A worker of an older version ends a task and leaves its
 * account; that is no slot. By the indexes `tasks_waiting` and `tasks_slots`.
 */
const LANES = `
WITH waiting AS (
  SELECT provider, count(*)::int AS waiting, min(dispatch_at) AS oldest
  FROM (SELECT provider, dispatch_at FROM tasks WHERE dispatch_at IS NOT NULL AND dispatch_at <= $1 LIMIT $2) due
  GROUP BY provider
), slots AS (
  SELECT provider, count(*)::int AS slots FROM tasks
  WHERE account IS NOT NULL AND next_action_at IS NOT NULL GROUP BY provider
)
SELECT provider, coalesce(slots, 0) AS slots, coalesce(waiting, 0) AS waiting, oldest
FROM waiting FULL JOIN slots USING (provider)`;

const OLDEST_RING = `SELECT due_at FROM outbox ORDER BY id LIMIT 1`;

const HEALTH = `SELECT provider, subject, state FROM vendor_health`;
