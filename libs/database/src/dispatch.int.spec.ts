import { randomUUID } from 'node:crypto';
import { type LaneDecision, type LaneView, type Task, type TurnLimits, failed } from '@app/tasks';
import { makeContext, makeTask, NOON } from '@app/tasks/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from './database.js';
import { PostgresDispatchStore } from './postgres-dispatch.store.js';
import { PostgresTaskStore } from './postgres-task.store.js';
import { PostgresPlanStore } from './postgres-plan.store.js';
import { PostgresTenantStore } from './postgres-tenant.store.js';
import { PostgresVendorHealthStore } from './postgres-vendor-health.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant } from './testing/postgres-harness.js';

let opened: OpenTestDatabase;
let second: Database;
let tasks: PostgresTaskStore;
let store: PostgresDispatchStore;
let rival: PostgresDispatchStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  second = new Database(opened.url, { maxConnections: 5 });
  tasks = new PostgresTaskStore(opened.database);
  store = new PostgresDispatchStore(opened.database);
  rival = new PostgresDispatchStore(second);
});
afterAll(async () => {
  await second.close();
  await opened.close();
});

const LIMITS: TurnLimits = { headsPerTenant: 10, maxTenants: 100 };
const made = { vendors: 0 };
let provider: string;
let account: string;
beforeEach(() => {
  made.vendors += 1;
  provider = `vendor${made.vendors}`;
  account = `${provider}:1`;
});

async function enqueue(fields: Partial<Task> = {}): Promise<Task> {
  const tenantId = fields.tenantId ?? (await makeTenant(opened.database));
  const task = makeTask({ provider, ...fields, tenantId });
  await tasks.create({ task, idempotency: null, maxQueued: null });
  return task;
}

async function enqueueMany(count: number, fields: Partial<Task> = {}): Promise<readonly Task[]> {
  const tenantId = fields.tenantId ?? (await makeTenant(opened.database));
  return await Promise.all(
    Array.from({ length: count }, async () => await enqueue({ ...fields, tenantId })),
  );
}

/** Admits whoever fits into the slots, in the order of tenants and their heads. */
const admitUpTo =
  (slots: number) =>
  (view: LaneView): LaneDecision => {
    const free = slots - (view.inFlight.get(account) ?? 0);
    const allowed = view.tenants.flatMap(({ waiting, maxConcurrent, inFlight }) =>
      waiting.slice(0, maxConcurrent === null ? waiting.length : maxConcurrent - inFlight),
    );
    const admit = allowed
      .slice(0, Math.max(0, free))
      .map(({ id, version }) => ({ taskId: id, version, account }));
    return { admit, state: view.state, breakers: new Map(), troubles: new Map() };
  };

/** What a turn gets to see; it admits nobody. */
async function look(limits: TurnLimits = LIMITS): Promise<LaneView> {
  const seen: LaneView[] = [];
  await store.turn(provider, limits, (view) => {
    seen.push(view);
    return { admit: [], state: view.state, breakers: new Map(), troubles: new Map() };
  });
  const [view] = seen;
  if (!view) throw new Error('The lane was taken');
  return view;
}

describe('PostgresDispatchStore.lanes', () => {
  it('names vendors with something that is due, each once', async () => {
    await enqueueMany(3);
    const due = provider;
    provider = `${due}-later`;
    await enqueue({ dispatchAt: new Date('2100-01-01T00:00:00.000Z') });

    const lanes = await store.lanes(new Date());

    expect(lanes.filter((lane) => lane === due)).toHaveLength(1);
    expect(lanes).not.toContain(provider);
  });
});

describe('PostgresDispatchStore.turn', () => {
  it('gives an admitted task its slot, a version, a history and a ring in one commit', async () => {
    const task = await enqueue();

    const admitted = await store.turn(provider, LIMITS, admitUpTo(1));

    expect(admitted).toEqual([{ taskId: task.id, version: 0, account }]);
    expect(await tasks.find(task.id)).toEqual({ ...task, version: 1, dispatchAt: null, account });
    expect(await tasks.eventsOf(task.id, 0)).toMatchObject([
      { version: 1, from: 'queued', to: 'queued', cause: `admitted to ${account}` },
    ]);
    const rings = await opened.database.query('SELECT step, ring FROM outbox WHERE subject = $1', [
      task.id,
    ]);
    expect(rings).toEqual([{ step: 'submit', ring: 'v1' }]);
  });

  it('shows tenants in order of id with what their policies and plans say, slots and heads', async () => {
    const [first, other] = [await makeTenant(opened.database), await makeTenant(opened.database)];
    const plan = `plan-${randomUUID()}`;
    await new PostgresPlanStore(opened.database).put(plan, { weight: 9, maxConcurrentTasks: 4 });
    const change = { plan, policy: { weight: 2.5 } };
    await new PostgresTenantStore(opened.database).changeTenant(other, change);
    const [one] = await enqueueMany(1, { tenantId: first });
    await enqueue({ tenantId: other });
    await store.turn(provider, LIMITS, admitUpTo(2));
    const late = await enqueue({ tenantId: other, sortAt: new Date(NOON.getTime() + 1) });
    const early = await enqueue({ tenantId: other, model: 'a-model' });

    const view = await look();

    expect(one).toBeDefined();
    expect(view.inFlight.get(account)).toBe(2);
    expect(view.tenants).toEqual([
      {
        id: other,
        weight: 2.5,
        maxConcurrent: 4,
        inFlight: 1,
        waiting: [early, late].map(({ id, version, model }) => ({ id, version, model })),
      },
    ]);
  });

  it('reads no more heads of a tenant and model than asked for, and passes over what is not due', async () => {
    const later = await enqueue({ dispatchAt: new Date('2100-01-01') });
    const [now] = await enqueueMany(5);

    const { tenants } = await look({ headsPerTenant: 2, maxTenants: 10 });

    const heads = tenants.map(({ id, waiting }) => [id, waiting.length] as const);
    expect(new Map(heads)).toEqual(
      new Map([
        [later.tenantId, 0],
        [now?.tenantId, 2],
      ]),
    );
  });

  it('begins behind the cursor and goes round when there are more tenants than it may read', async () => {
    const owners: string[] = [];
    for (let count = 0; count < 3; count += 1) owners.push((await enqueue()).tenantId);
    owners.sort();
    const [first, middle, last] = owners;
    await store.turn(provider, LIMITS, (view) => ({
      admit: [],
      state: { ...view.state, cursor: middle ?? null },
      breakers: new Map(),
      troubles: new Map(),
    }));

    const view = await look({ headsPerTenant: 1, maxTenants: 2 });

    expect(view.tenants.map(({ id }) => id)).toEqual([first, last]);
    expect(view.state.cursor).toBe(middle);
  });

  it('reads nothing of a model whose breaker is open, and shows one that is half open', async () => {
    const health = new PostgresVendorHealthStore(opened.database);
    const breaker = { failures: 5, openUntil: Date.now() + 3_600_000, opened: 1 };
    await health.changeBreaker(provider, 'broken', () => breaker);
    const halfOpen = { ...breaker, openUntil: 1 };
    await health.changeBreaker(provider, 'trying', () => halfOpen);
    const tenantId = await makeTenant(opened.database);
    await enqueueMany(3, { tenantId, model: 'broken' });
    const trying = await enqueue({ tenantId, model: 'trying' });

    const view = await look();

    expect(view.tenants.flatMap(({ waiting }) => waiting)).toMatchObject([{ id: trying.id }]);
    expect(view.breakers.get('trying')).toEqual(halfOpen);
  });

  it('notes that a half open breaker lets one through', async () => {
    const health = new PostgresVendorHealthStore(opened.database);
    const breaker = { failures: 5, openUntil: 1, opened: 1 };
    await health.changeBreaker(provider, 'm', () => breaker);

    await store.turn(provider, LIMITS, ({ state }) => ({
      admit: [],
      state,
      breakers: new Map([['m', { ...breaker, openUntil: 2 }]]),
      troubles: new Map(),
    }));

    expect((await look()).breakers.get('m')).toEqual({ ...breaker, openUntil: 2 });
  });

  it('never passes the slots of an account and admits nobody twice, from two processes', async () => {
    await enqueueMany(30);
    await enqueueMany(30);
    const admitted: string[] = [];

    const turns = Array.from({ length: 40 }, async (_, index) => {
      const turn = await (index % 2 === 0 ? store : rival).turn(provider, LIMITS, admitUpTo(7));
      admitted.push(...(turn ?? []).map(({ taskId }) => taskId));
    });
    await Promise.all(turns);

    expect(admitted).toHaveLength(7);
    expect(new Set(admitted).size).toBe(7);
    expect((await look()).inFlight.get(account)).toBe(7);
  });

  it('never passes the slots of a tenant over two vendors at once', async () => {
    const tenantId = await makeTenant(opened.database);
    await new PostgresTenantStore(opened.database).changeTenant(tenantId, {
      policy: { maxConcurrentTasks: 3 },
    });
    const vendors = [provider, `${provider}-b`, `${provider}-c`];
    for (const vendor of vendors) await enqueueMany(5, { tenantId, provider: vendor });

    const turns = vendors.flatMap((vendor) =>
      [store, rival].map(async (one) => await one.turn(vendor, LIMITS, admitUpTo(10))),
    );
    await Promise.all(turns);
    for (const vendor of vendors) await store.turn(vendor, LIMITS, admitUpTo(10));

    const [row] = await opened.database.query<{ used: number }>(
      'SELECT count(*)::int AS used FROM tasks WHERE tenant_id = $1 AND account IS NOT NULL',
      [tenantId],
    );
    expect(row?.used).toBe(3);
  });

  it('leaves a lane alone that another worker is at', async () => {
    await enqueue();
    await store.turn(provider, LIMITS, admitUpTo(0));

    const inside = await opened.database.transaction(async (client) => {
      await client.query('SELECT 1 FROM dispatch_lanes WHERE provider = $1 FOR UPDATE', [provider]);
      return await rival.turn(provider, LIMITS, admitUpTo(1));
    });

    expect(inside).toBeNull();
    expect(await rival.turn(provider, LIMITS, admitUpTo(1))).toHaveLength(1);
  });

  it('passes over a task that was canceled between the look and the admission', async () => {
    const [canceled, other] = await enqueueMany(2);
    if (!canceled || !other) throw new Error('two tasks were made');
    const error = {
      code: 'TASK_FAILED',
      message: 'no',
      providerCode: null,
      retryable: false,
    } as const;
    const seen: LaneView[] = [];
    await store.turn(provider, LIMITS, (view) => {
      seen.push(view);
      return { admit: [], state: view.state, breakers: new Map(), troubles: new Map() };
    });
    await tasks.apply(failed({ ...canceled, dispatchAt: null }, error, makeContext()));
    await opened.database.query('UPDATE tasks SET version = 0 WHERE id = $1', [canceled.id]);

    const admitted = await store.turn(provider, LIMITS, () => ({
      ...admitUpTo(2)(seen[0] ?? neverSeen()),
    }));

    expect(admitted?.map(({ taskId }) => taskId)).toEqual([other.id]);
    expect(await tasks.find(canceled.id)).toMatchObject({ status: 'fail', account: null });
  });

  it('lets either a cancel or the admission win, never both', async () => {
    const error = {
      code: 'TASK_FAILED',
      message: 'no',
      providerCode: null,
      retryable: false,
    } as const;
    for (let round = 0; round < 10; round += 1) {
      const [task] = await enqueueMany(1);
      if (!task) throw new Error('a task was made');
      const cancel = failed({ ...task, dispatchAt: null }, error, makeContext());

      const [isCanceled, admitted] = await Promise.all([
        tasks.apply(cancel),
        rival.turn(provider, LIMITS, admitUpTo(1_000)),
      ]);

      expect(isCanceled).toBe(admitted?.length === 0);
      const after = await tasks.find(task.id);
      expect(after?.account).toBe(isCanceled ? null : account);
      expect(await tasks.eventsOf(task.id, 0)).toHaveLength(1);
    }
  });

  it('neither admits nor counts what a worker of an older version has ended', async () => {
    const [admitted, waiting] = await enqueueMany(2);
    await store.turn(provider, LIMITS, admitUpTo(1));
    await opened.database.query(
      "UPDATE tasks SET status = 'fail', next_action_at = NULL WHERE id = ANY($1)",
      [[admitted?.id, waiting?.id]],
    );

    const { inFlight, tenants } = await look();

    expect(inFlight.get(account)).toBeUndefined();
    expect(tenants).toMatchObject([{ inFlight: 0, waiting: [] }]);
  });

  it('writes nothing when the decision fails, and gives the lane back', async () => {
    const task = await enqueue();

    const broken = store.turn(provider, LIMITS, () => {
      throw new TypeError('a bug of ours');
    });

    await expect(broken).rejects.toThrow('a bug of ours');
    expect(await rival.turn(provider, LIMITS, admitUpTo(1))).toMatchObject([{ taskId: task.id }]);
  });

  it('remembers the state of the lane', async () => {
    const state = {
      cursor: 'tn_1',
      deficits: { tn_1: 2.5 },
      buckets: { [account]: { tokens: 1, at: 5 } },
    };
    await store.turn(provider, LIMITS, () => ({
      admit: [],
      state,
      breakers: new Map(),
      troubles: new Map(),
    }));

    expect((await look()).state).toEqual(state);
  });
});

function neverSeen(): never {
  throw new Error('The lane was taken');
}
