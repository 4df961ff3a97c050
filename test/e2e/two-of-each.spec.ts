import { Client } from 'pg';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import type { AppProcess } from '../support/processes.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

/** Lease, grace and a turn of the reconciler; callbacks that were under way have a lease of their own. */
const SETTLED_MS = 90_000;
const POLLED = ['flux-2-pro', 'veo-3-1', 'happyhorse-1-0'];
const ANSWERED_AT_ONCE = ['qwen-image-2-0', 'gpt-image-2'];

let stack: Stack;
let receiver: CallbackReceiver;
let first: GatewayClient;
let second: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  const env = { SANDBOX_DELAY_MS: '300', CALLBACK_TIMEOUT_SECONDS: '2' };
  stack = await startStack({ apis: 2, workers: 2, env });
  receiver = await startCallbackReceiver();
  first = new GatewayClient(stack.apis[0]?.url ?? '', stack.keys[0]);
  second = new GatewayClient(stack.apis[1]?.url ?? '', stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => {
  await receiver?.stop();
  await stack?.stop();
});

interface Order {
  readonly model: string;
  readonly prompt: string;
}

describe('two APIs and two workers, one of each killed with -9 in a stream of 40 tasks', () => {
  /** `[[delay:10s]]`: these are in their call when their worker dies. */
  const before = [
    ...orders(POLLED, 12, 'before'),
    ...orders(ANSWERED_AT_ONCE, 8, 'before [[delay:10s]]'),
  ];
  const after = orders([...POLLED, ...ANSWERED_AT_ONCE], 20, 'after');
  const taskIds = new Map<Order, string>();
  let lostAnswers = 0;
  let tasks: ReadonlyMap<Order, TaskDetail>;

  beforeAll(async () => {
    await Promise.all(
      before.map(async (order, index) => {
        taskIds.set(order, await create(index % 2 === 0 ? first : second, order));
      }),
    );
    const busy = await vi.waitUntil(
      async () => (await arePolledDone()) && (await workerInCall()),
      20_000,
    );
    await busy.kill();

    const creating = after.map(async (order, index) => {
      const api = index % 2 === 0 ? first : second;
      taskIds.set(order, await createSurely(api, order));
    });
    await Promise.race(creating);
    await stack.apis[0]?.kill();
    await Promise.all(creating);

    const ended = [...taskIds].map(
      async ([order, id]) => [order, await second.untilTerminal(id, SETTLED_MS)] as const,
    );
    tasks = new Map(await Promise.all(ended));
  });

  it('every task that was taken ends, and only calls of the dead worker end unknown', async ({
    annotate,
  }) => {
    const failed = [...tasks].filter(([, { status }]) => status !== 'success');
    await annotate(`${failed.length} of 40 were in a call of the dead worker`);

    expect(tasks.size).toBe(40);
    expect(failed).not.toEqual([]);
    for (const [{ model }, { error }] of failed) {
      expect(ANSWERED_AT_ONCE).toContain(model);
      expect(error?.code).toBe('SUBMISSION_UNKNOWN');
    }
  });

  it('no vendor was paid twice', async () => {
    const counts = await Promise.all(
      [...tasks.keys()].map(async ({ prompt }) => (await sandbox.submits(prompt)).length),
    );

    expect(Math.max(...counts)).toBe(1);
  });

  it('a create that is sent again because its answer was lost makes no second task', async ({
    annotate,
  }) => {
    await annotate(`${lostAnswers} answers were lost`);
    const { body } = await second.request('/v1/tasks?size=100');

    expect(body).toMatchObject({ data: { total: 40 } });
    expect(new Set(taskIds.values()).size).toBe(40);
  });

  it('every task has its callback, and each of them verifies', async ({ annotate }) => {
    const told = () => new Set(receiver.received.map(({ rawBody }) => taskIdOf(rawBody)));
    await vi.waitUntil(() => told().size === 40, SETTLED_MS);
    await annotate(`${receiver.received.length} callbacks for 40 tasks`);
    const secret = await second.request('/v1/callback-secret');
    const webhook = new Webhook((secret.body as { data: { secret: string } }).data.secret); // the envelope

    for (const { rawBody, headers } of receiver.received) {
      const strings = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, String(value)]),
      );
      expect(webhook.verify(rawBody, strings)).toMatchObject({ taskId: taskIdOf(rawBody) });
    }
    expect(told()).toEqual(new Set(taskIds.values()));
  });

  /** Then nobody is inside the short call that hands such a job over. */
  async function arePolledDone(): Promise<boolean> {
    const polled = [...taskIds].filter(([{ model }]) => POLLED.includes(model));
    const details = await Promise.all(polled.map(async ([, id]) => await second.getTask(id)));
    return details.every(({ status }) => status === 'success');
  }

  /** What a careful program does when the connection breaks: the same bytes under the same key. */
  async function createSurely(api: GatewayClient, order: Order): Promise<string> {
    try {
      return await create(api, order);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // what fetch throws for a broken connection
      lostAnswers += 1;
      return await create(second, order);
    }
  }
});

/** A worker that waits for a vendor's answer at this moment: leases name their holder. */
async function workerInCall(): Promise<AppProcess | undefined> {
  const database = new Client({ connectionString: stack.databaseUrl });
  await database.connect();
  const { rows } = await database.query<{ owner: string }>(
    `SELECT lease_owner AS owner FROM attempts WHERE state = 'submitting'`,
  );
  await database.end();
  return stack.workers.find(({ pid }) => rows.some(({ owner }) => owner.includes(`-${pid}-`)));
}

async function create(api: GatewayClient, { model, prompt }: Order): Promise<string> {
  const body = { model, input: { prompt }, callback: { url: receiver.url } };
  return await api.createTask(body, { 'idempotency-key': prompt });
}

function orders(models: readonly string[], count: number, name: string): readonly Order[] {
  return Array.from({ length: count }, (_, index) => ({
    model: models[index % models.length] ?? '',
    prompt: `number ${index} ${name}`,
  }));
}

/** Only the gateway sends here, and what it sends is a task. */
const taskIdOf = (rawBody: Buffer): string =>
  (JSON.parse(rawBody.toString()) as { taskId: string }).taskId;
