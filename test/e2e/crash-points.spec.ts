import { Catalog } from '@app/providers';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import {
  type PostgresProxy,
  type Side,
  startPostgresProxy,
  type Trap,
} from '../support/postgres-proxy.js';
import { commits, type Statement } from '../support/postgres-wire.js';
import { readMetric } from '../support/metrics.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

/**
 * Between every effect and its record there is a moment in which a kill leaves one without the other.
 * Each of these stops a process in exactly that moment, by holding its connection to Postgres, and
 * kills it there with -9.
 */

/** Lease, grace, and a search for the job at a vendor that can be asked. */
const TAKE_OVER_MS = 110_000;
const CAUGHT_MS = 30_000;

let stack: Stack;
let client: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  const env = {
    SANDBOX_DELAY_MS: '200',
    CALLBACK_TIMEOUT_SECONDS: '3',
    // A busy machine is half a minute at the traps, and a lease takes as long.
    TASK_DEADLINE_SECONDS: '90',
  };
  stack = await startStack({ workers: 0, env });
  client = new GatewayClient(stack.url, stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => await stack?.stop());

/** What becomes of a task whose answer from the vendor was lost. */
type End = 'success' | 'unknown' | 'either';

interface CrashPoint {
  readonly name: string;
  readonly model: string;
  readonly onUnknown?: 'retry';
  readonly side: Side;
  /** The record; asked only about statements that name the task. */
  readonly matches: (statement: Statement) => boolean;
  /** Paid requests when the worker dies, and when all is over. */
  readonly submits: readonly [number, number | readonly number[]];
  readonly end: End;
}

const has = (text: string) => (statement: Statement) =>
  statement.values.some((value) => value?.includes(text) ?? false);
const is = (text: string) => (statement: Statement) => statement.values.includes(text);

const POINTS: readonly CrashPoint[] = [
  {
    name: 'the attempt is on record, the vendor was not called',
    model: 'qwen-image-2-0',
    side: 'after',
    matches: has('"leaseOwner"'),
    submits: [0, [0, 1]],
    end: endOfLostAnswer('qwen-image-2-0', { taken: false }),
  },
  {
    name: 'the same, and the task may be paid twice',
    model: 'qwen-image-2-0',
    onUnknown: 'retry',
    side: 'after',
    matches: has('"leaseOwner"'),
    submits: [0, 1],
    end: 'success',
  },
  ...['flux-2-pro', 'happyhorse-1-0', 'veo-3-1', 'qwen-image-2-0'].map((model): CrashPoint => ({
    name: `the vendor of ${model} took the job, nothing is on record`,
    model,
    side: 'before',
    matches: model === 'qwen-image-2-0' ? is('archiving') : has('"submitted"'),
    submits: [1, 1],
    end: endOfLostAnswer(model, { taken: true }),
  })),
  {
    name: 'the job is on record, the worker does not know it',
    model: 'flux-2-pro',
    side: 'after',
    matches: has('"submitted"'),
    submits: [1, 1],
    end: 'success',
  },
  {
    name: 'the vendor said that it is done, nothing is on record',
    model: 'happyhorse-1-0',
    side: 'before',
    matches: is('archiving'),
    submits: [1, 1],
    end: 'success',
  },
  {
    name: 'the bytes came with the answer and are stored, nothing is on record',
    model: 'gpt-image-2',
    side: 'before',
    matches: is('archiving'),
    submits: [1, 1],
    end: 'success',
  },
  {
    name: 'the picture is in the store, the task does not say so',
    model: 'flux-2-pro',
    side: 'before',
    matches: is('success'),
    submits: [1, 1],
    end: 'success',
  },
  {
    name: 'the success is on record, the worker does not know it',
    model: 'flux-2-pro',
    side: 'after',
    matches: is('success'),
    submits: [1, 1],
    end: 'success',
  },
];

describe('a worker that is killed when', () => {
  const ends = new Map<
    CrashPoint,
    { readonly task: TaskDetail; readonly submits: readonly number[] }
  >();
  let proxy: PostgresProxy;
  let receiver: CallbackReceiver;
  let told: TaskDetail;
  let madeTwice = 0;

  beforeAll(async () => {
    proxy = await startPostgresProxy(stack.databaseUrl);
    receiver = await startCallbackReceiver();
    const toldId = await create('flux-2-pro', 'told', { callback: { url: receiver.url } });
    const ids = new Map<CrashPoint, string>();
    for (const point of POINTS) {
      const { onUnknown } = point;
      ids.set(point, await create(point.model, point.name, onUnknown ? { onUnknown } : {}));
    }
    const traps = POINTS.map((point) =>
      proxy.trap(
        point.name,
        point.side,
        (statement) => has(ids.get(point) ?? '')(statement) && point.matches(statement),
      ),
    );
    traps.push(
      proxy.trap('the receiver took the callback, nothing is on record', 'before', (statement) =>
        commits(/INSERT INTO delivery_attempts/, statement),
      ),
    );
    const worker = await stack.startWorker({ DATABASE_URL: proxy.url });
    await allCaught(traps);
    const paid = await submitsOf(POINTS);

    await worker.kill();
    const next = await stack.startWorker();

    await Promise.all(
      [...ids].map(async ([point, id], index) => {
        const task = await client.untilTerminal(id, TAKE_OVER_MS);
        ends.set(point, { task, submits: [paid[index] ?? 0] });
      }),
    );
    await receiver.waitFor(2, TAKE_OVER_MS);
    await vi.waitUntil(async () => (await client.getTask(toldId)).callback?.state === 'delivered', {
      timeout: TAKE_OVER_MS,
      interval: 250,
    });
    told = await client.getTask(toldId);
    madeTwice = await readMetric(next.url, 'taskgate_callback_interrupted_total');
  }, 240_000);
  afterAll(async () => {
    await receiver?.stop();
    await proxy?.stop();
  });

  it.each(POINTS.map((point) => [point.name, point] as const))('%s', async (_name, point) => {
    const { task, submits } = ends.get(point) ?? {};
    const [paid] = await submitsOf([point]);
    const [atKill, atEnd] = point.submits;
    const outcome = outcomeOf(task);
    const outcomes = point.end === 'either' ? ['success', 'unknown'] : [point.end];
    const payments = outcome === 'success' ? [1] : [atEnd].flat();

    expect({ atKill: submits, paid, outcome, task }).toMatchObject({
      atKill: [atKill],
      paid: expect.toBeOneOf(payments) as unknown,
      outcome: expect.toBeOneOf(outcomes) as unknown,
    });
  });

  it('the receiver took the callback, nothing is on record: it comes twice, and that is counted', () => {
    const [first, second] = receiver.received;

    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.rawBody).toEqual(first?.rawBody);
    expect(receiver.received).toHaveLength(2);
    expect(madeTwice).toBe(1);
    expect(told).toMatchObject({
      status: 'success',
      callback: { state: 'delivered', attempts: 1 },
    });
  });

  it('any of these: each success has its file, and no slot is held', async () => {
    const files = await readdir(join(stack.dataDir, 'outputs', 'objects'), { recursive: true });
    const successes = [...ends.values()].filter(({ task }) => task.status === 'success');

    for (const { task } of successes) {
      expect(files.filter((file) => file.endsWith(`~${task.taskId.toLowerCase()}~0`))).toHaveLength(
        1,
      );
    }
    expect(await slotsHeld()).toBe(0);
  });
});

describe('a worker that is killed alone with a task, when', () => {
  let proxy: PostgresProxy;

  beforeEach(async () => {
    await stack.killWorkers();
    proxy = await startPostgresProxy(stack.databaseUrl);
  });
  afterEach(async () => {
    await proxy.stop();
  });

  it.each([
    [
      'its ring is in the queue and still in the outbox',
      'before',
      (one: Statement) => commits(/DELETE FROM outbox/, one),
    ],
    [
      'its ring has left the outbox, and the relay does not know it',
      'after',
      (one: Statement) => commits(/DELETE FROM outbox/, one),
    ],
    ['it was chosen, and that is not on record', 'before', admits],
    ['it was admitted, and the dispatcher does not know it', 'after', admits],
  ] as const)('%s', async (name, side, matches) => {
    const trap = proxy.trap(name, side, matches);
    const dying = await stack.startWorker({ DATABASE_URL: proxy.url });
    const taskId = await create('flux-2-pro', name);
    await allCaught([trap]);

    await dying.kill();
    await stack.startWorker();
    const task = await client.untilTerminal(taskId, TAKE_OVER_MS);

    expect(task.status).toBe('success');
    expect(await sandbox.submits(name)).toHaveLength(1);
    expect(await slotsHeld()).toBe(0);
  });
});

describe('an API that is killed when', () => {
  it.each([
    ['the task is on record, and the client was not told', 'after'],
    ['the task is not yet on record', 'before'],
  ] as const)('%s: the create sent again makes one task', async (prompt, side) => {
    const proxy = await startPostgresProxy(stack.databaseUrl);
    const trap = proxy.trap(prompt, side, (one) => commits(/INSERT INTO tasks/, one));
    const dying = await stack.startApi({ DATABASE_URL: proxy.url });
    const headers = { 'idempotency-key': prompt };
    const lost = new GatewayClient(dying.url, stack.keys[0])
      .createTask({ model: 'flux-2-pro', input: { prompt } }, headers)
      .catch((error: unknown) => error);
    await allCaught([trap]);

    await dying.kill();
    await proxy.stop();
    const again = await client.request('/v1/tasks', {
      body: { model: 'flux-2-pro', input: { prompt } },
      headers,
    });

    expect(await lost).toBeInstanceOf(Error);
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotent-replay')).toBe(side === 'after' ? 'true' : null);
    expect(await tasksWith(prompt)).toBe(1);
  });
});

/** Of a turn of the dispatcher that admitted somebody. */
const admits = (statement: Statement): boolean =>
  commits(/dispatch_lanes/, statement) && commits(/outbox/, statement);

async function create(model: string, prompt: string, more: object = {}): Promise<string> {
  return await client.createTask({ model, input: { prompt }, ...more });
}

/** What the vendor's adapter promises to find out decides how a lost answer ends. */
function endOfLostAnswer(model: string, { taken }: { readonly taken: boolean }): End {
  const found = new Catalog().find(model);
  if (!found.found) return 'either';
  const { model: own, provider } = found;
  const safety = 'submitSafety' in own ? own.submitSafety : provider.submitSafety;
  if (safety === 'idempotent' || safety === 'findable') return 'success';
  // Nobody outside can call back in a test on loopback, so the hook may come or not.
  if (safety === 'hook-correlates' && taken) return 'either';
  return 'unknown';
}

function outcomeOf(task: TaskDetail | undefined): End | 'fail' {
  if (task?.status === 'success') return 'success';
  return task?.error?.code === 'SUBMISSION_UNKNOWN' ? 'unknown' : 'fail';
}

async function submitsOf(points: readonly CrashPoint[]): Promise<readonly number[]> {
  const all = await sandbox.allSubmits();
  return points.map(({ name }) => all.filter(({ prompt }) => prompt === name).length);
}

/** @throws with the names of those that nothing came to */
async function allCaught(traps: readonly Trap[]): Promise<void> {
  const waiting = new Set(traps.map(({ name }) => name));
  const all = traps.map(async ({ name, caught }) => {
    await caught;
    waiting.delete(name);
  });
  const late = new Promise<void>((resolve) => {
    AbortSignal.timeout(CAUGHT_MS).addEventListener('abort', () => resolve());
  });
  await Promise.race([Promise.all(all), late]);
  if (waiting.size > 0) throw new Error(`Nothing came to: ${[...waiting].join('; ')}`);
}

async function slotsHeld(): Promise<number> {
  return await withDatabase(stack.databaseUrl, async (query) => {
    const [row] = await query<{ held: number }>(
      `SELECT count(*)::int AS held FROM tasks
       WHERE status IN ('success', 'fail') AND to_jsonb(tasks) ->> 'account' IS NOT NULL`,
    );
    return row?.held ?? 0;
  });
}

async function tasksWith(prompt: string): Promise<number> {
  return await withDatabase(stack.databaseUrl, async (query) => {
    const rows = await query(`SELECT 1 FROM tasks WHERE input ->> 'prompt' = $1`, [prompt]);
    return rows.length;
  });
}
