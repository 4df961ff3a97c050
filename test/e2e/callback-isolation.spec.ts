import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import {
  type CallbackReceiver,
  type ReceivedCallback,
  startCallbackReceiver,
} from '../support/callback-receiver.js';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

/** Attempts at once to one receiver, over both workers. */
const AT_ONCE = 5;
/** Longer than a test: what hangs, hangs until it is let go. */
const TIMEOUT_SECONDS = 120;
const PATIENCE = { timeout: 40_000, interval: 100 };

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({
    workers: 2,
    env: {
      SANDBOX_DELAY_MS: '50',
      BFL_MAX_IN_FLIGHT: '200',
      BFL_SUBMITS_PER_SECOND: '1000',
      CALLBACK_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
      CALLBACK_RECEIVER_CONCURRENCY: String(AT_ONCE),
      CALLBACK_RETRY_SCHEDULE: '0.2,0.2,0.2',
      DRAIN_TIMEOUT_SECONDS: '1',
    },
  });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

interface Row {
  readonly event: string;
  readonly state: string;
  readonly attempts: number;
}

describe('a receiver that never answers, with two hundred callbacks waiting, and dead ones', () => {
  let tarpit: CallbackReceiver;
  let healthy: readonly CallbackReceiver[];
  let waiting: readonly string[];
  let wanted: readonly (readonly string[])[];

  beforeAll(async () => {
    tarpit = await startCallbackReceiver(() => 'hang');
    healthy = await Promise.all(
      Array.from({ length: 10 }, async () => await startCallbackReceiver()),
    );
    waiting = await createMany(tarpit.url, 200);
    await vi.waitUntil(async () => (await rowsOf(waiting)).length === 200, PATIENCE);
    for (let made = 0; made < 5; made += 1) await createMany(await deadUrl(), 4);

    wanted = await Promise.all(healthy.map(async ({ url }) => await createMany(url, 3)));
    await Promise.all(healthy.map(async (one) => await one.waitFor(3, PATIENCE.timeout)));
  }, 120_000);
  afterAll(async () => {
    tarpit.release();
    await vi.waitUntil(async () => (await rowsOf(waiting)).every(isDelivered), PATIENCE);
    await Promise.all([tarpit, ...healthy].map(async (one) => await one.stop()));
  }, 120_000);

  it('leave all others to get theirs, each once, while it still hangs', () => {
    expect(tarpit.hanging).toBeGreaterThan(0);
    for (const [index, { received }] of healthy.entries())
      expect(received.map(taskOf).toSorted()).toEqual(wanted[index]?.toSorted());
  });

  it('has no more than its own attempts, of both workers together', () => {
    expect(tarpit.hanging).toBeLessThanOrEqual(AT_ONCE);
    expect(tarpit.mostConnections).toBeLessThanOrEqual(AT_ONCE);
  });

  it('has the others wait without counting an attempt', async () => {
    const rows = await rowsOf(waiting);

    expect(
      rows.filter(({ state, attempts }) => state === 'pending' && attempts === 0),
    ).toHaveLength(200);
  });
});

describe('a receiver that keeps failing', () => {
  it('is left alone for a while, which costs what waits no attempt, and then gets everything', async () => {
    let isWell = false;
    const hook = await receiver(() => ({ status: isWell ? 200 : 500 }));
    const taskIds = await createMany(hook.url, 20);
    await vi.waitUntil(async () => (await openUntilMs(hook.url)) !== null, PATIENCE);
    const openUntil = (await openUntilMs(hook.url)) ?? 0;
    const [seenAt, failed] = [Date.now(), hook.received.length];
    isWell = true;

    await expect
      .poll(async () => (await rowsOf(taskIds)).map(({ state }) => state), PATIENCE)
      .toEqual(Array(20).fill('delivered'));

    const recorded = (await rowsOf(taskIds)).reduce((sum, { attempts }) => sum + attempts, 0);
    const whileOpen = hook.received.filter(
      ({ receivedAtMs }) => receivedAtMs > seenAt && receivedAtMs < openUntil - 100,
    );
    expect(recorded).toBe(hook.received.length);
    expect(recorded).toBe(20 + failed);
    expect(whileOpen.length).toBeLessThan(AT_ONCE);
  });

  it('gets first attempts although its retries take long', async () => {
    const hook = await receiver(({ headers }) =>
      headers['x-taskgate-attempt'] === '1' ? { status: 400 } : 'hang',
    );
    const failing = await createMany(hook.url, 2 * AT_ONCE);
    await vi.waitUntil(() => hook.hanging > 0, PATIENCE);
    const before = hook.received.length;

    const [taskId = ''] = await createMany(hook.url, 1);

    await expect.poll(() => hook.received.slice(before).map(taskOf), PATIENCE).toContain(taskId);
    expect(hook.hanging).toBeGreaterThan(0);
    expect(hook.hanging).toBeLessThan(AT_ONCE);
    hook.release();
    await expect.poll(async () => (await rowsOf(failing)).every(isDelivered), PATIENCE).toBe(true);
  });

  it('that asks for time is left alone for it, for all its callbacks', async () => {
    const hook = await receiver([{ status: 503, headers: { 'retry-after': '3' } }]);
    const first = await createMany(hook.url, 1);
    const [asked] = await hook.waitFor(1);
    await vi.waitUntil(async () => (await rowsOf(first))[0]?.attempts === 1, PATIENCE);

    const second = await createMany(hook.url, 1);
    const [, ...later] = await hook.waitFor(3);

    const earliest = Math.min(...later.map(({ receivedAtMs }) => receivedAtMs));
    expect(earliest - (asked?.receivedAtMs ?? 0)).toBeGreaterThanOrEqual(2_900);
    expect(later.map(taskOf).toSorted()).toEqual([...first, ...second].toSorted());
  });
});

describe('changes of a task', () => {
  it('that its receiver had no time for are not sent after newer ones', async () => {
    const hook = await receiver(() => 'hang');
    await createMany(hook.url, AT_ONCE);
    await vi.waitUntil(() => hook.hanging === AT_ONCE, PATIENCE);

    const [taskId = ''] = await createMany(hook.url, 1, {
      when: 'all',
      prompt: '[[delay:1500ms]]',
    });
    const task = await client.untilTerminal(taskId);
    await expect.poll(() => Date.now() / 1000 - task.completed, PATIENCE).toBeGreaterThan(2);
    expect(hook.hanging).toBe(AT_ONCE);
    hook.release();

    const outcomes = async () =>
      (await rowsOf([taskId])).map(({ event, state, attempts }) => [event, state, attempts]);
    await expect.poll(outcomes, PATIENCE).toEqual([
      ['task.handling', 'skipped', 0],
      ['task.archiving', 'skipped', 0],
      ['task.success', 'delivered', 1],
    ]);
    expect(hook.received.filter((one) => taskOf(one) === taskId)).toHaveLength(1);
  });

  it('are tried once each, however that ends, but for the last one', async () => {
    const hook = await receiver(({ headers }) => ({
      status: headers['x-taskgate-event'] === 'task.success' ? 200 : 400,
    }));

    const [taskId = ''] = await createMany(hook.url, 1, { when: 'all' });

    const states = async () => (await rowsOf([taskId])).map(({ state }) => state);
    await expect.poll(states, PATIENCE).toEqual(['dead', 'dead', 'delivered']);
    expect(hook.received).toHaveLength(3);
  });
});

async function receiver(
  replies: Parameters<typeof startCallbackReceiver>[0],
): Promise<CallbackReceiver> {
  const started = await startCallbackReceiver(replies);
  onTestFinished(async () => {
    started.release();
    await started.stop();
  });
  return started;
}

/** Where nobody listens. */
async function deadUrl(): Promise<string> {
  const once = await startCallbackReceiver();
  await once.stop();
  return once.url;
}

interface Wish {
  readonly when?: 'final' | 'all';
  readonly prompt?: string;
}

async function createMany(
  url: string,
  count: number,
  { when = 'final', prompt = '' }: Wish = {},
): Promise<readonly string[]> {
  const tasks = Array.from({ length: count }, (_, index) => ({
    model: 'flux-2-pro',
    input: { prompt: `${prompt} ${index} of ${count} for ${url}` },
    callback: { url, when },
  }));
  const answer = await client.request('/v1/tasks/batch', { body: { tasks } });
  const { results } = (answer.body as { data: { results: readonly { taskId?: string }[] } }).data;
  return results.map(({ taskId }) => taskId ?? 'refused');
}

/** Of the callbacks of these tasks, in the order of what they tell. */
async function rowsOf(taskIds: readonly string[]): Promise<readonly Row[]> {
  return await withDatabase(stack.databaseUrl, async (query) => {
    return await query<Row>(
      `SELECT event, state, attempts FROM deliveries
       WHERE task_id = ANY($1) ORDER BY sequence, task_id`,
      [taskIds],
    );
  });
}

/** Until when the receiver is left alone, Unix milliseconds; null: it is not. */
async function openUntilMs(url: string): Promise<number | null> {
  return await withDatabase(stack.databaseUrl, async (query) => {
    const [row] = await query<{ until: number | null }>(
      `SELECT (health #>> '{breaker,openUntil}')::float8 AS until FROM callback_receivers WHERE origin = $1`,
      [new URL(url).origin],
    );
    return row?.until ?? null;
  });
}

const isDelivered = ({ state }: Row): boolean => state === 'delivered';

const taskOf = ({ rawBody }: ReceivedCallback): string =>
  (JSON.parse(rawBody.toString('utf8')) as { taskId: string }).taskId;
