import {
  type AlertEvent,
  type AlertSettings,
  AlertStore,
  type Condition,
  type Delivery,
  type Incident,
  type IncidentKind,
  OPERATORS_ID,
} from '@app/callbacks';
import type { AccountTrouble, Breaker } from '@app/tasks';
import {
  BEGIN_INCIDENT,
  BUDGET_CONDITIONS,
  END_INCIDENT,
  HEALTH_CONDITIONS,
  RECEIVER_CONDITIONS,
  SEND_ALERT,
} from './alerts.sql.js';
import type { Database } from './database.js';
import type { Incident as IncidentRow } from './generated/client.js';
import { readSubject } from './vendor-health-subject.js';

export class PostgresAlertStore extends AlertStore {
  constructor(private readonly database: Database) {
    super();
  }

  async settings(): Promise<AlertSettings | null> {
    const row = await this.database.read(
      async (prisma) => await prisma.alertSettings.findUnique({ where: { id: 1 } }),
    );
    if (!row) return null;
    const { url, budgetThresholds, enabled } = row;
    // Only this lib writes the column, from values of this type.
    return { url, events: row.events as AlertEvent[], budgetThresholds, enabled };
  }

  async changeSettings({ url, events, budgetThresholds, enabled }: AlertSettings): Promise<void> {
    await this.database.query(
      `INSERT INTO alert_settings (id, url, events, budget_thresholds, enabled) VALUES (1, $1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET url = excluded.url, events = excluded.events,
         budget_thresholds = excluded.budget_thresholds, enabled = excluded.enabled`,
      [url, events, budgetThresholds, enabled],
    );
  }

  async conditions(thresholds: readonly number[]): Promise<readonly Condition[]> {
    const [budgets, receivers, health] = await Promise.all([
      this.database.query<Row & { subject: string }>(BUDGET_CONDITIONS, [thresholds]),
      this.database.query<Row & { tenantId: string; origin: string }>(RECEIVER_CONDITIONS, [
        OPERATORS_ID,
      ]),
      this.database.query<HealthRow>(HEALTH_CONDITIONS, []),
    ]);
    return [
      ...budgets.map(({ subject, ...data }): Condition => ({ kind: 'budget', subject, data })),
      ...receivers.map(({ tenantId, origin, ...data }): Condition => ({
        kind: 'receiver',
        subject: `${tenantId} ${origin}`,
        data: { tenantId, origin, ...data },
      })),
      ...health.map(healthCondition),
    ];
  }

  async open(): Promise<readonly Incident[]> {
    const rows = await this.database.read(
      async (prisma) => await prisma.incident.findMany({ where: { endedAt: null } }),
    );
    return rows.map(toIncident);
  }

  async newest(limit: number): Promise<readonly Incident[]> {
    const rows = await this.database.read(
      async (prisma) => await prisma.incident.findMany({ orderBy: { id: 'desc' }, take: limit }),
    );
    return rows.map(toIncident);
  }

  async begin(
    { kind, subject, data }: Condition,
    delivery: Delivery | null,
    now: Date,
  ): Promise<boolean> {
    const values = [records(delivery), kind, subject, JSON.stringify(data), now];
    return (await this.database.query(BEGIN_INCIDENT, values)).length === 1;
  }

  async end({ id }: Incident, delivery: Delivery | null, now: Date): Promise<boolean> {
    return (await this.database.query(END_INCIDENT, [records(delivery), id, now])).length === 1;
  }

  async send(delivery: Delivery): Promise<void> {
    await this.database.query(SEND_ALERT, [records(delivery)]);
  }

  async forget(before: Date): Promise<void> {
    await this.database.query('DELETE FROM incidents WHERE ended_at < $1', [before]);
  }
}

type Row = Readonly<Record<string, string | number | boolean | null>>;

interface HealthRow {
  readonly subject: string;
  readonly provider: string;
  readonly state: Breaker | AccountTrouble;
  readonly [column: string]: unknown;
}

function healthCondition({ subject, provider, state }: HealthRow): Condition {
  const { kind, name } = readSubject(provider, subject);
  const isAccount = kind === 'trouble';
  const data =
    isAccount && 'why' in state
      ? { provider, account: name, why: state.why, since: new Date(state.since).toISOString() }
      : { provider, model: name };
  return { kind: isAccount ? 'account' : 'breaker', subject: `${provider}/${name}`, data };
}

const records = (delivery: Delivery | null): string => JSON.stringify(delivery ? [delivery] : []);

/** Only this lib writes these columns, from values of these types. */
const toIncident = ({ id, kind, data, ...row }: IncidentRow): Incident => ({
  ...row,
  id: String(id),
  kind: kind as IncidentKind,
  data: data as Incident['data'],
});
