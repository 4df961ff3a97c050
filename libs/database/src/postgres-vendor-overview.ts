import {
  type AccountHealth,
  type AccountTrouble,
  type Breaker,
  VendorOverview,
  type VendorsSeen,
} from '@app/tasks';
import type { Database } from './database.js';
import { PostgresEngineFigures } from './postgres-engine-figures.js';
import { readSubject, troubleSubject } from './vendor-health-subject.js';

export class PostgresVendorOverview extends VendorOverview {
  private readonly figures: PostgresEngineFigures;

  constructor(private readonly database: Database) {
    super();
    this.figures = new PostgresEngineFigures(database);
  }

  async read(): Promise<VendorsSeen> {
    const now = await this.database.now();
    const [figures, slots, health, attempts] = await Promise.all([
      this.figures.read(now),
      this.database.query<{ account: string; used: number }>(SLOTS, []),
      this.database.query<HealthRow>(HEALTH, []),
      this.database.query<AttemptRow>(ATTEMPTS, [now, WINDOW_SECONDS, COUNTED_TO]),
    ]);
    return {
      now,
      lanes: figures.lanes,
      inFlight: new Map(slots.map(({ account, used }) => [account, used])),
      ...readHealth(health),
      attempts: new Map(attempts.map(({ account, ...counts }) => [account, counts])),
    };
  }

  async liftTroubles(provider: string, account: string): Promise<readonly string[]> {
    const rows = await this.database.query<{ subject: string }>(LIFT, [
      provider,
      troubleSubject(account),
    ]);
    return rows.map(({ subject }) => readSubject(provider, subject).name).toSorted();
  }
}

interface HealthRow {
  readonly provider: string;
  readonly subject: string;
  readonly state: unknown;
}

interface AttemptRow {
  readonly account: string;
  readonly done: number;
  readonly failed: number;
}

function readHealth(rows: readonly HealthRow[]) {
  const breakers: { provider: string; model: string; breaker: Breaker }[] = [];
  const throttled = new Map<string, AccountHealth>();
  const troubles = new Map<string, AccountTrouble>();
  for (const { provider, subject, state } of rows) {
    const { kind, name } = readSubject(provider, subject);
    // Only `PostgresVendorHealthStore` writes the column, from values of these types.
    if (kind === 'model') breakers.push({ provider, model: name, breaker: state as Breaker });
    else if (kind === 'trouble') troubles.set(name, state as AccountTrouble);
    else throttled.set(name, state as AccountHealth);
  }
  return { breakers, throttled, troubles };
}

const WINDOW_SECONDS = 600;
/** Ids are in the order of time, so the newest are read by the primary key, and no more of them. */
const COUNTED_TO = 20_000;

const SLOTS = `
SELECT account, count(*)::int AS used FROM tasks
WHERE account IS NOT NULL AND next_action_at IS NOT NULL GROUP BY account`;

const HEALTH = `SELECT provider, subject, state FROM vendor_health`;

const ATTEMPTS = `
SELECT account, count(*) FILTER (WHERE state = 'done')::int AS done,
  count(*) FILTER (WHERE state IN ('failed', 'unknown'))::int AS failed
FROM (SELECT account, state, started_at FROM attempts ORDER BY id DESC LIMIT $3) newest
WHERE started_at >= $1::timestamptz - make_interval(secs => $2) GROUP BY account`;

/** `$2`: the account's own trouble; those with its models begin with it and a slash. */
const LIFT = `
DELETE FROM vendor_health WHERE provider = $1 AND (subject = $2 OR starts_with(subject, $2 || '/')) RETURNING subject`;
