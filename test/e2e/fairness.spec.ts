import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

/**
 * One vendor account with few slots. Who is served is read from the tasks' history, in order of
 * admission: nothing here depends on how fast the machine is.
 */
const SLOTS = 4;
const TENANTS = ['many', 'one', 'heavy', 'light', 'ordered', 'capped'] as const;
type Tenant = (typeof TENANTS)[number];

let stack: Stack;

beforeAll(async () => {
  const env = {
    BFL_MAX_IN_FLIGHT: String(SLOTS),
    SANDBOX_BFL_MAX_ACTIVE: String(SLOTS), // the vendor turns away what is above
    BFL_SUBMITS_PER_SECOND: '1000',
    LOG_LEVEL: 'warn',
  };
  stack = await startStack({ workers: 0, keys: TENANTS, env: { ...env, SANDBOX_DELAY_MS: '100' } });
});
afterAll(async () => await stack?.stop());

/** Each with a new worker on an empty table, so that no backlog is another test's. */
beforeEach(async () => {
  await stack.killWorkers();
  await withDatabase(stack.databaseUrl, async (query) => {
    await query(`TRUNCATE tasks, outbox, task_events CASCADE`);
    await query(`UPDATE tenants SET policy = '{}'`);
  });
  await stack.redis.flush();
});

describe('a tenant with one task', () => {
  it('is served next, however many another one has queued', async () => {
    await create('many', 1_000);
    await stack.startWorker();
    await untilAdmitted(2 * SLOTS);
    const [mine] = await create('one', 1);
    const order = await untilAdmitted(6 * SLOTS);

    const created = await createdAt(mine ?? '');
    const between = order.filter(
      ({ taskId, at }, index) =>
        at >= created && index < order.findIndex((one) => one.taskId === mine) && taskId !== mine,
    );
    expect(order.map(({ taskId }) => taskId)).toContain(mine);
    expect(between.length).toBeLessThanOrEqual(SLOTS);
    expect(await turnedAway()).toBe(0);
  });
});

describe('two tenants that both have a backlog', () => {
  it('are served by their weights', async () => {
    await setPolicy('heavy', { weight: 3 });
    await setPolicy('light', { weight: 1 });
    await Promise.all([create('heavy', 200), create('light', 200)]);
    await stack.startWorker();

    const served = (await untilAdmitted(120)).slice(0, 120).map(({ tenant }) => tenant);
    const ratio = count(served, 'heavy') / count(served, 'light');

    expect(ratio).toBeGreaterThanOrEqual(2.7);
    expect(ratio).toBeLessThanOrEqual(3.3);
  });

  it('share evenly without weights, whoever came first', async () => {
    await create('heavy', 100);
    await create('light', 100);
    await stack.startWorker();

    const served = (await untilAdmitted(80)).slice(0, 80).map(({ tenant }) => tenant);

    expect(Math.abs(count(served, 'heavy') - count(served, 'light'))).toBeLessThanOrEqual(SLOTS);
  });
});

describe('a tenant’s own tasks', () => {
  it('are served by priority, and in order of creation within one', async () => {
    const low = await create('ordered', 4, { priority: 'low' });
    const normal = await create('ordered', 12);
    const high = await create('ordered', 6, { priority: 'high' });
    await stack.startWorker();

    const served = (await untilAdmitted(22)).map(({ taskId }) => taskId);

    expect(new Set(served.slice(0, 6))).toEqual(new Set(high));
    expect(new Set(served.slice(6, 18))).toEqual(new Set(normal));
    expect(new Set(served.slice(18))).toEqual(new Set(low));
  });

  it('never are at vendors in a greater number than its policy says', async () => {
    await setPolicy('capped', { maxConcurrentTasks: 2 });
    await create('capped', 20);
    await create('many', 20);
    await stack.startWorker();
    const seen: SlotsInUse[] = [];
    await vi.waitUntil(
      async () => {
        const now = await slotsInUse();
        seen.push(now);
        return now.all === 0 && now.waiting === 0;
      },
      { timeout: 90_000, interval: 20 },
    );

    expect(Math.max(...seen.map(({ capped }) => capped))).toBeLessThanOrEqual(2);
    expect(Math.max(...seen.map(({ all }) => all))).toBeLessThanOrEqual(SLOTS);
    expect(await turnedAway()).toBe(0);
  });
});

const clientOf = (tenant: Tenant): GatewayClient => new GatewayClient(stack.url, tenant);

/** @returns the ids, in order of creation */
async function create(
  tenant: Tenant,
  number: number,
  more: object = {},
): Promise<readonly string[]> {
  const client = clientOf(tenant);
  const ids: string[] = [];
  for (let from = 0; from < number; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, number - from) }, async (_, index) => {
      const prompt = `${tenant} ${from + index} [[delay:100ms]]`;
      return await client.createTask({ model: 'flux-2-pro', input: { prompt }, ...more });
    });
    ids.push(...(await Promise.all(some)));
  }
  return ids;
}

const AT_ONCE = 25;

async function setPolicy(tenant: Tenant, policy: object): Promise<void> {
  await withDatabase(stack.databaseUrl, async (query) => {
    await query(`UPDATE tenants SET policy = $2 WHERE name = $1`, [tenant, JSON.stringify(policy)]);
  });
}

interface Admission {
  readonly taskId: string;
  readonly tenant: string;
  readonly at: Date;
}

/** Who got a slot, in order; waits until there are so many. */
async function untilAdmitted(number: number): Promise<readonly Admission[]> {
  return await withDatabase(stack.databaseUrl, async (query) => {
    const admissions = async (): Promise<readonly Admission[]> =>
      await query<{ taskId: string; tenant: string; at: Date }>(
        `SELECT e.task_id AS "taskId", tenants.name AS tenant, e.at FROM task_events e
         JOIN tasks ON tasks.id = e.task_id JOIN tenants ON tenants.id = tasks.tenant_id
         WHERE e.cause LIKE 'admitted to %' ORDER BY e.at, tasks.sort_at, tasks.id`,
      );
    return await vi.waitUntil(
      async () => {
        const all = await admissions();
        return all.length >= number ? all : null;
      },
      { timeout: 90_000, interval: 100 },
    );
  });
}

async function createdAt(taskId: string): Promise<Date> {
  return await withDatabase(stack.databaseUrl, async (query) => {
    const [row] = await query<{ at: Date }>(`SELECT created_at AS at FROM tasks WHERE id = $1`, [
      taskId,
    ]);
    if (!row) throw new Error(`No task ${taskId}`);
    return row.at;
  });
}

interface SlotsInUse {
  readonly all: number;
  readonly capped: number;
  /** Tasks without a slot that want one. */
  readonly waiting: number;
}

/** At this moment: one statement, so that no clock has a say in it. */
async function slotsInUse(): Promise<SlotsInUse> {
  return await withDatabase(stack.databaseUrl, async (query) => {
    const [row] = await query<{ all: number; capped: number; waiting: number }>(
      `SELECT count(account)::int AS "all", count(dispatch_at)::int AS "waiting",
         (count(account) FILTER (WHERE tenants.name = 'capped'))::int AS "capped"
       FROM tasks JOIN tenants ON tenants.id = tasks.tenant_id`,
    );
    if (!row) throw new Error('A count without a row');
    return row;
  });
}

/** Submits that the vendor refused, which it does above its limit. */
async function turnedAway(): Promise<number> {
  return await withDatabase(
    stack.databaseUrl,
    async (query) => (await query(`SELECT id FROM attempts WHERE state = 'failed'`)).length,
  );
}

const count = (names: readonly string[], name: string): number =>
  names.filter((one) => one === name).length;
