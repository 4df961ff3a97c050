import {
  type AccountHealth,
  type AccountTrouble,
  type Admission,
  type Breaker,
  DispatchStore,
  type LaneDecision,
  type LaneState,
  type LaneView,
  type TurnLimits,
  type WaitingTask,
  type WaitingTenant,
} from '@app/tasks';
import type { PoolClient } from 'pg';
import type { Database } from './database.js';
import {
  ADD_LANE,
  ADMIT,
  HEADS,
  HEALTH,
  LANES,
  LOCK_LANE,
  SLOTS,
  WAITING_TENANTS,
} from './dispatch.sql.js';
import { modelSubject, readSubject, troubleSubject } from './vendor-health-subject.js';

export class PostgresDispatchStore extends DispatchStore {
  /** Vendors whose lane has a row. */
  private readonly known = new Set<string>();

  constructor(private readonly database: Database) {
    super();
  }

  async lanes(now: Date): Promise<readonly string[]> {
    const rows = await this.database.query<{ provider: string }>(LANES, [now]);
    return rows.map(({ provider }) => provider);
  }

  async turn(
    provider: string,
    limits: TurnLimits,
    decide: (view: LaneView) => LaneDecision,
  ): Promise<readonly Admission[] | null> {
    await this.ensureLane(provider);
    return await this.database.transaction(async (client) => {
      const lane = await lockLane(client, provider);
      if (!lane) return null;
      const view = await readLane(client, { provider, limits, ...lane });
      return await write(client, view, decide(view));
    });
  }

  private async ensureLane(provider: string): Promise<void> {
    if (this.known.has(provider)) return;
    await this.database.query(ADD_LANE, [provider]);
    this.known.add(provider);
  }
}

interface Lane {
  readonly state: LaneState;
  readonly now: Date;
}

const NEW_LANE: LaneState = { cursor: null, deficits: {}, buckets: {} };

async function lockLane(client: PoolClient, provider: string): Promise<Lane | null> {
  const { rows } = await client.query<{ state: Partial<LaneState>; now: Date }>(LOCK_LANE, [
    provider,
  ]);
  const [row] = rows;
  return row ? { now: row.now, state: { ...NEW_LANE, ...row.state } } : null;
}

async function readLane(
  client: PoolClient,
  turn: Lane & { readonly provider: string; readonly limits: TurnLimits },
): Promise<LaneView> {
  const { provider, limits, state, now } = turn;
  const { breakers, accounts, troubles } = await readHealth(client, provider);
  const { rows: tenants } = await client.query<TenantRow>(WAITING_TENANTS, [
    provider,
    state.cursor ?? '',
    limits.maxTenants,
  ]);
  // Read after the tenants' locks are held, or the slots could be another lane's by now.
  const { rows: slots } = await client.query<SlotRow>(SLOTS, []);
  const { rows: heads } = await client.query<HeadRow>(HEADS, [
    provider,
    tenants.map(({ id }) => id),
    openModels(breakers, now),
    now,
    limits.headsPerTenant,
  ]);
  return {
    provider,
    now,
    state,
    breakers,
    accounts,
    troubles,
    inFlight: sumBy(slots, ({ account }) => account),
    tenants: toTenants(tenants, slots, heads),
  };
}

async function readHealth(client: PoolClient, provider: string) {
  const { rows } = await client.query<{ subject: string; state: unknown }>(HEALTH, [provider]);
  const breakers = new Map<string, Breaker>();
  const accounts = new Map<string, AccountHealth>();
  const troubles = new Map<string, AccountTrouble>();
  for (const { subject, state } of rows) {
    const { kind, name } = readSubject(provider, subject);
    // Only `PostgresVendorHealthStore` writes the column, from values of these types.
    if (kind === 'model') breakers.set(name, state as Breaker);
    else if (kind === 'trouble') troubles.set(name, state as AccountTrouble);
    else accounts.set(name, state as AccountHealth);
  }
  return { breakers, accounts, troubles };
}

interface TenantRow {
  readonly id: string;
  readonly weight: number;
  readonly maxConcurrent: number | null;
}

interface SlotRow {
  readonly account: string;
  readonly tenant_id: string;
  readonly used: number;
}

interface HeadRow extends WaitingTask {
  readonly tenant_id: string;
}

const openModels = (breakers: ReadonlyMap<string, Breaker>, now: Date): readonly string[] =>
  [...breakers]
    .filter(([, { openUntil }]) => openUntil !== null && openUntil > now.getTime())
    .map(([model]) => model);

function sumBy(
  slots: readonly SlotRow[],
  nameOf: (slot: SlotRow) => string,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const slot of slots) sums.set(nameOf(slot), (sums.get(nameOf(slot)) ?? 0) + slot.used);
  return sums;
}

function toTenants(
  tenants: readonly TenantRow[],
  slots: readonly SlotRow[],
  heads: readonly HeadRow[],
): readonly WaitingTenant[] {
  const inFlight = sumBy(slots, ({ tenant_id }) => tenant_id);
  const waiting = Map.groupBy(heads, ({ tenant_id }) => tenant_id);
  return tenants
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((tenant) => ({
      ...tenant,
      inFlight: inFlight.get(tenant.id) ?? 0,
      waiting: (waiting.get(tenant.id) ?? []).map(({ tenant_id: _, ...task }) => task),
    }));
}

async function write(
  client: PoolClient,
  view: LaneView,
  { admit, state, breakers, troubles }: LaneDecision,
): Promise<readonly Admission[]> {
  const isSame = JSON.stringify(state) === JSON.stringify(view.state);
  if (admit.length === 0 && breakers.size === 0 && troubles.size === 0 && isSame) return [];
  const changed = [...breakers].map(([model, breaker]) => ({
    subject: modelSubject(view.provider, model),
    state: breaker,
    was: view.breakers.get(model) ?? null,
  }));
  const probed = [...troubles].map(([name, trouble]) => ({
    subject: troubleSubject(name),
    state: trouble,
    was: view.troubles.get(name) ?? null,
  }));
  const { rows } = await client.query<{ id: string }>(ADMIT, [
    JSON.stringify(admit),
    view.now,
    view.provider,
    JSON.stringify(state),
    JSON.stringify([...changed, ...probed]),
  ]);
  const admitted = new Set(rows.map(({ id }) => id));
  return admit.filter(({ taskId }) => admitted.has(taskId));
}
