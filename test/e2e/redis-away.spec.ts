import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { startStackOnOwnServers } from '../support/stack.js';

/** Postgres has the truth; what was only in Redis is found again within this time. */
const HEALED_MS = 80_000;
const MODELS = ['qwen-image-2-0', 'gpt-image-2', 'flux-2-pro', 'veo-3-1', 'happyhorse-1-0'];

let stack: Awaited<ReturnType<typeof startStackOnOwnServers>>;
let client: GatewayClient;
let sandbox: SandboxControl;
let receiver: CallbackReceiver;

beforeAll(async () => {
  stack = await startStackOnOwnServers({
    env: { SANDBOX_DELAY_MS: '200', WORKER_CONCURRENCY: '2', CALLBACK_RETRY_SCHEDULE: '4,4,4' },
  });
  client = new GatewayClient(stack.url, stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
  receiver = await startCallbackReceiver([{ status: 500 }]);
});
afterAll(async () => {
  await receiver?.stop();
  await stack?.stop();
});

describe('while Redis is away', () => {
  const prompts = MODELS.map((model) => `created without Redis, ${model}`);
  let taskIds: string[];

  beforeAll(async () => await stack.redis.stop('SIGKILL'));

  it('tasks are taken and shown as before', async () => {
    taskIds = await Promise.all(
      MODELS.map(async (model, index) => await create(model, prompts[index] ?? '')),
    );

    const [first = ''] = taskIds;
    expect(await client.getTask(first)).toMatchObject({ taskId: first, status: 'queued' });
  });

  it('the pass-through works as before', async () => {
    const body = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'no Redis' }] };

    expect(await client.request('/v1/chat/completions', { body })).toMatchObject({ status: 200 });
  });

  it('the API stays in service and names what it misses', async () => {
    const answer = await client.request('/readyz');

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'degraded', postgres: 'ok', redis: 'away' });
  });

  it('a worker says that it cannot work', async () => {
    const response = await fetch(`${stack.workers[0]?.url}/readyz`);

    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ postgres: 'ok', redis: 'away' });
  });

  it('nothing is lost: the tasks run by themselves once it is back', async ({ annotate }) => {
    await stack.redis.start();
    const backAtMs = Date.now();
    const tasks = await untilAllEnded(taskIds);
    await annotate(`Redis back to the last success: ${Date.now() - backAtMs} ms`);

    expect(tasks.map(({ status }) => status)).toEqual(MODELS.map(() => 'success'));
    for (const prompt of prompts) expect(await sandbox.submits(prompt)).toHaveLength(1);
    await vi.waitFor(
      async () => expect((await fetch(`${stack.workers[0]?.url}/readyz`)).status).toBe(200),
      5_000,
    );
  });
});

describe('when Redis loses all its data', () => {
  it('queued tasks, jobs at vendors and due callbacks are found again', async ({ annotate }) => {
    const told = await create('flux-2-pro', 'told later', { callback: { url: receiver.url } });
    await receiver.waitFor(1);
    const handled = ['flux-2-pro', 'veo-3-1'].map((model) => [
      model,
      `handled [[delay:3s]] ${model}`,
    ]);
    const called = [1, 2].map((count) => ['gpt-image-2', `in the call [[delay:4s]] ${count}`]);
    const queued = [1, 2, 3].map((count) => ['qwen-image-2-0', `queued ${count}`]);
    const taskIds = [];
    for (const [model = '', prompt = ''] of [...handled, ...called, ...queued]) {
      taskIds.push(await create(model, prompt));
      if (!prompt.startsWith('queued')) await untilSubmitted(prompt);
    }
    expect(await client.getTask(taskIds.at(-1) ?? '')).toMatchObject({ status: 'queued' });

    await stack.redis.flush();
    const emptiedAtMs = Date.now();
    const [tasks] = await Promise.all([untilAllEnded(taskIds), receiver.waitFor(2, HEALED_MS)]);
    await annotate(`emptied to all is well again: ${Date.now() - emptiedAtMs} ms`);

    expect(tasks.map(({ status }) => status)).toEqual(taskIds.map(() => 'success'));
    for (const [, prompt = ''] of [...handled, ...called, ...queued]) {
      expect(await sandbox.submits(prompt)).toHaveLength(1);
    }
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
    await vi.waitFor(async () =>
      expect(await client.getTask(told)).toMatchObject({
        callback: { state: 'delivered', attempts: 2 },
      }),
    );
  });
});

describe('when Redis is restarted in the middle of a burst', () => {
  it('every task ends in success after one submit', async ({ annotate }) => {
    const prompts = Array.from({ length: 20 }, (_, index) => `burst ${index}`);
    const creating = prompts.map(
      async (prompt, index) => await create(MODELS[index % MODELS.length] ?? '', prompt),
    );
    await Promise.race(creating);
    await stack.redis.stop('SIGTERM');
    await stack.redis.start();
    const backAtMs = Date.now();
    const tasks = await untilAllEnded(await Promise.all(creating));
    await annotate(`Redis back to the last success: ${Date.now() - backAtMs} ms`);

    expect(tasks.map(({ status }) => status)).toEqual(prompts.map(() => 'success'));
    for (const prompt of prompts) expect(await sandbox.submits(prompt)).toHaveLength(1);
  });
});

describe('a worker that is told to stop while Redis is away', () => {
  it('ends in good order all the same', async () => {
    const worker = await stack.startWorker();
    await stack.redis.stop('SIGKILL');

    const end = await worker.stop();
    await stack.redis.start();

    expect(end).toMatchObject({ code: 0, signal: null });
  });
});

async function create(model: string, prompt: string, more: object = {}): Promise<string> {
  return await client.createTask({ model, input: { prompt }, ...more });
}

async function untilSubmitted(prompt: string): Promise<void> {
  await vi.waitUntil(async () => (await sandbox.submits(prompt)).length > 0, 60_000);
}

async function untilAllEnded(taskIds: readonly string[]) {
  return await Promise.all(taskIds.map(async (id) => await client.untilTerminal(id, HEALED_MS)));
}
