import {
  type CallbackFigures,
  type ReceiverKey,
  ReceiverReports,
  type SeenHealth,
  type ToldOfReceiver,
  type WatchedReceiver,
} from '@app/callbacks';
import type { Database } from './database.js';

export class PostgresReceiverReports extends ReceiverReports {
  constructor(private readonly database: Database) {
    super();
  }

  async figures(): Promise<CallbackFigures> {
    const [[receivers], [deliveries]] = await Promise.all([
      this.database.query<Pick<CallbackFigures, 'failing' | 'open' | 'disabled'>>(RECEIVERS, []),
      this.database.query<Pick<CallbackFigures, 'waiting' | 'oldestDue' | 'lateSince'>>(
        DELIVERIES,
        [COUNTED_TO],
      ),
    ]);
    if (!receivers || !deliveries) throw new Error('Postgres did not count the callbacks');
    return { ...receivers, ...deliveries };
  }

  async watched(after: ReceiverKey | null, limit: number): Promise<readonly WatchedReceiver[]> {
    const rows = await this.database.query<WatchedRow>(WATCHED, [
      after?.tenantId ?? '',
      after?.origin ?? '',
      limit,
    ]);
    return rows.map(({ health, ...row }) => ({ ...row, health: { ...UNKNOWN, ...health } }));
  }

  async note(
    { tenantId, origin }: ReceiverKey,
    before: ToldOfReceiver | null,
    told: ToldOfReceiver | null,
  ): Promise<boolean> {
    const noted = await this.database.query(
      `UPDATE callback_receivers SET reported = $4::jsonb
       WHERE tenant_id = $1 AND origin = $2 AND reported IS NOT DISTINCT FROM $3::jsonb RETURNING 1`,
      [tenantId, origin, before && JSON.stringify(before), told && JSON.stringify(told)],
    );
    return noted.length === 1;
  }
}

interface WatchedRow extends Omit<WatchedReceiver, 'health'> {
  readonly health: Partial<SeenHealth>;
  readonly [column: string]: unknown;
}

const UNKNOWN: SeenHealth = {
  failingSince: null,
  lastFailureAt: null,
  lastSuccessAt: null,
  failures: 0,
  disabledAt: null,
};

/** Counting a long line costs more than anybody wants to know. */
const COUNTED_TO = 100_000;

/** Times within `health` are Unix milliseconds. Reads every receiver: one in a thousand matters, and it is asked for seldom. */
const RECEIVERS = `
SELECT count(*) FILTER (WHERE is_failing AND NOT is_disabled)::int AS failing,
  count(*) FILTER (WHERE is_open AND is_failing AND NOT is_disabled)::int AS open,
  count(*) FILTER (WHERE is_disabled)::int AS disabled
FROM (
  SELECT health ->> 'disabledAt' IS NOT NULL AS is_disabled,
    failing_since IS NOT NULL AND to_timestamp((health ->> 'lastFailureAt')::float8 / 1000) > now() - interval '2 days' AS is_failing,
    coalesce(to_timestamp((health #>> '{breaker,openUntil}')::float8 / 1000) > now(), false) AS is_open
  FROM callback_receivers WHERE failing_since IS NOT NULL OR health ->> 'disabledAt' IS NOT NULL
) AS receivers`;

/**
 * `$1`: how far the line is counted. By the indexes `deliveries_state_newest`, `deliveries_due`,
 * `deliveries_fresh` and `callback_receivers_look`. A parked delivery is late only when its receiver
 * should have been looked at: until then it waits for the receiver, not for a worker.
 */
const DELIVERIES = `
WITH oldest AS (
  SELECT min(next_attempt_at) AS due FROM deliveries WHERE state = 'pending'
), late AS (
  SELECT least(
    (SELECT min(next_attempt_at) FROM deliveries WHERE next_attempt_at IS NOT NULL AND NOT parked),
    (SELECT min(look_at) FROM callback_receivers WHERE look_at IS NOT NULL)) AS since
)
SELECT (SELECT count(*)::int FROM (SELECT FROM deliveries WHERE state = 'pending' LIMIT $1) AS counted) AS waiting,
  (SELECT due FROM oldest WHERE due <= now()) AS "oldestDue",
  (SELECT since FROM late WHERE since <= now()) AS "lateSince"`;

/** `$1`, `$2`: the key to go on after, `$3`: how many. */
const WATCHED = `
SELECT receivers.tenant_id AS "tenantId", receivers.origin, tenants.name AS tenant, receivers.health, receivers.reported AS told
FROM callback_receivers AS receivers JOIN tenants ON tenants.id = receivers.tenant_id
WHERE (receivers.failing_since IS NOT NULL OR receivers.reported IS NOT NULL OR receivers.health ->> 'disabledAt' IS NOT NULL)
  AND (receivers.tenant_id, receivers.origin) > ($1, $2)
ORDER BY receivers.tenant_id, receivers.origin LIMIT $3`;
