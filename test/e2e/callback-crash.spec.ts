import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient } from '../support/gateway-client.js';
import { readMetric } from '../support/metrics.js';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.js';
import { commits, type Statement } from '../support/postgres-wire.js';
import type { AppProcess } from '../support/processes.js';
import { type Stack, startStack } from '../support/stack.js';

/**
 * Between the claim of a callback, its request and its record there are moments in which a kill leaves
 * one without the next. Each of these holds a worker there, at its connection to Postgres, kills it with
 * -9 and has another one take over when the lease is over.
 */

/** The lease is longer than the time of an attempt by this and a bit. */
const TIMEOUT_SECONDS = 2;
const TAKE_OVER = { timeout: 45_000, interval: 100 };

let stack: Stack;
let client: GatewayClient;
let proxy: PostgresProxy;
let receiver: CallbackReceiver;

beforeAll(async () => {
  stack = await startStack({
    workers: 0,
    env: { SANDBOX_DELAY_MS: '50', CALLBACK_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS) },
  });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());
beforeEach(async () => {
  await forgetReceivers();
  proxy = await startPostgresProxy(stack.databaseUrl);
  receiver = await startCallbackReceiver();
});
afterEach(async () => {
  await stack.killWorkers();
  await receiver.stop();
  await proxy.stop();
});

/** The end of an attempt is committed. */
const records = (statement: Statement): boolean =>
  commits(/INSERT INTO delivery_attempts/, statement);
/** The turn that claims something is committed. */
const claims = (statement: Statement): boolean => commits(/"wasInterrupted"/, statement);

describe('a worker that is killed', () => {
  it('between the request and its record is followed by one request more, marked as the same', async () => {
    const [taskId] = await killedAt('before', records, 1);
    const heir = await stack.startWorker();
    const [first, second] = await receiver.waitFor(2, TAKE_OVER.timeout);
    await untilDelivered(1);

    expect(receiver.received).toHaveLength(2);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.rawBody).toEqual(first?.rawBody);
    expect(await rows()).toEqual([{ taskId, state: 'delivered', attempts: 1, interrupted: 1 }]);
    expect(await readMetric(heir.url, 'taskgate_callback_interrupted_total')).toBe(1);
  });

  it('between the claim and the request is followed by the only one', async () => {
    const [taskId] = await killedAt('after', claims, 1);
    const before = receiver.received.length;
    await stack.startWorker();
    await untilDelivered(1);

    expect(before).toBe(0);
    expect(receiver.received).toHaveLength(1);
    expect(await rows()).toEqual([{ taskId, state: 'delivered', attempts: 1, interrupted: 1 }]);
  });

  it('before its claim is on record leaves no trace of it', async () => {
    const [taskId] = await killedAt('before', claims, 1);
    await stack.startWorker();
    await untilDelivered(1);

    expect(receiver.received).toHaveLength(1);
    expect(await rows()).toEqual([{ taskId, state: 'delivered', attempts: 1, interrupted: 0 }]);
  });

  it('when its record is there, and it does not know it, is not followed by another request', async () => {
    const [taskId] = await killedAt('after', records, 1);
    const heir = await stack.startWorker();
    const told = await createTasks(1);
    await receiver.waitFor(2, TAKE_OVER.timeout);
    await untilDelivered(2);

    expect(receiver.received).toHaveLength(2);
    expect(await rows()).toContainEqual({
      taskId,
      state: 'delivered',
      attempts: 1,
      interrupted: 0,
    });
    expect(told).toHaveLength(1);
    expect(await readMetric(heir.url, 'taskgate_callback_interrupted_total')).toBe(0);
  });

  it('with many callbacks under way loses none of them', async () => {
    const taskIds = await killedAt('before', records, 20);
    await stack.startWorker();
    await untilDelivered(20);

    const seen = Map.groupBy(receiver.received, ({ headers }) => headers['webhook-id']);
    const states = await rows();
    expect(seen.size).toBe(20);
    expect(states.map((row) => row.taskId).toSorted()).toEqual(taskIds.toSorted());
    for (const copies of seen.values()) {
      expect(copies.length).toBeLessThanOrEqual(2);
      for (const { rawBody } of copies) expect(rawBody).toEqual(copies[0]?.rawBody);
    }
    const twice = [...seen.values()].filter(({ length }) => length === 2).length;
    const interrupted = states.filter((row) => row.interrupted > 0).length;
    expect(interrupted).toBeGreaterThanOrEqual(twice);
    expect(twice).toBeGreaterThan(0);
  });
});

/** Makes tasks and kills their worker when its connection is held there. @returns their ids */
async function killedAt(
  side: 'before' | 'after',
  matches: (statement: Statement) => boolean,
  count: number,
): Promise<readonly string[]> {
  const trap = proxy.trap('callback', side, matches);
  const dying: AppProcess = await stack.startWorker({ DATABASE_URL: proxy.url });
  const taskIds = await createTasks(count);
  await trap.caught;
  const caught = await rows();
  await dying.kill();
  if (caught.length === 0) throw new Error('The worker was held at something else');
  return taskIds;
}

/** No turn looks at a receiver of an earlier test: the first claim of a worker is of this one. */
async function forgetReceivers(): Promise<void> {
  await withDatabase(stack.databaseUrl, async (query) => {
    await query('UPDATE callback_receivers SET look_at = NULL');
  });
}

async function createTasks(count: number): Promise<readonly string[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const prompt = `${index} of ${count}`;
      const callback = { url: receiver.url };
      return await client.createTask({ model: 'flux-2-pro', input: { prompt }, callback });
    }),
  );
}

async function untilDelivered(count: number): Promise<void> {
  await vi.waitUntil(
    async () => (await rows()).filter(({ state }) => state === 'delivered').length === count,
    TAKE_OVER,
  );
}

interface Row {
  readonly taskId: string;
  readonly state: string;
  readonly attempts: number;
  readonly interrupted: number;
}

/** Of the callbacks to this test's receiver. */
async function rows(): Promise<readonly Row[]> {
  return await withDatabase(stack.databaseUrl, async (query) => {
    return await query<Row>(
      `SELECT task_id AS "taskId", state, attempts, interrupted FROM deliveries WHERE url = $1 ORDER BY id`,
      [receiver.url],
    );
  });
}
