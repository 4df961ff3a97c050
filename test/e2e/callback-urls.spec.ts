import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type CallbackAnswer,
  type CallbackReceiver,
  type ReceivedCallback,
  startCallbackReceiver,
} from '../support/callback-receiver.js';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { refusal, refused } from '../support/refusal.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({
    apis: 2,
    env: { SANDBOX_DELAY_MS: '50', CALLBACK_RETRY_SCHEDULE: '0.5,0.5' },
  });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());
afterEach(async () => await put({}));

async function put(body: unknown): Promise<void> {
  const answer = await client.request('/v1/callback-urls', { method: 'PUT', body });
  expect(answer.status).toBe(200);
}

async function receiver(answers: readonly CallbackAnswer[] = []): Promise<CallbackReceiver> {
  const started = await startCallbackReceiver(answers);
  onTestFinished(async () => await started.stop());
  return started;
}

const TASK = { model: 'flux-2-pro', input: { prompt: 'told where it was said' } };

const create = async (callback?: unknown): Promise<Answer> =>
  await client.request('/v1/tasks', {
    body: { ...TASK, ...(callback !== undefined && { callback }) },
  });

const taskOf = ({ rawBody }: ReceivedCallback): unknown =>
  (JSON.parse(rawBody.toString('utf8')) as { taskId: unknown }).taskId;

describe('a default callback URL', () => {
  it('is told of every task that names none, and of no task that wants none', async () => {
    const hook = await receiver();
    await put({ default: { url: hook.url } });

    const silentId = await client.createTask({ ...TASK, callback: null });
    await client.untilTerminal(silentId);
    const taskId = await client.createTask(TASK);
    const [callback] = await hook.waitFor(1);

    expect(callback && taskOf(callback)).toBe(taskId);
    expect(callback?.headers['x-taskgate-event']).toBe('task.success');
    expect((await client.request(`/v1/tasks/${silentId}/deliveries`)).body).toMatchObject({
      data: { deliveries: [] },
    });
    expect(await client.getTask(silentId)).not.toHaveProperty('callback');
  });

  it('is told of what OpenAI’s own calls make', async () => {
    const hook = await receiver();
    await put({ default: { url: hook.url } });

    const film = await client.request('/v1/videos', {
      body: { model: 'veo-3-1', prompt: 'a paper boat' },
    });
    const [callback] = await hook.waitFor(1);

    expect(callback && taskOf(callback)).toBe((film.body as { id: string }).id);
  });
});

describe('a URL of a task’s own', () => {
  it('is taken at a registered origin, whatever its path, and nowhere else', async () => {
    const [registered, other] = [await receiver(), await receiver()];
    await put({ registered: [registered.url], onlyRegistered: true });

    const url = registered.url.replace('/hook', '/another?path=1');
    expect((await create({ url })).status).toBe(200);
    expect(refused(await create({ url: other.url }))).toEqual(
      refusal({
        status: 400,
        code: 'INVALID_REQUEST',
        param: 'callback.url',
        says: /not the origin of a registered URL/,
      }),
    );

    const [callback] = await registered.waitFor(1);
    expect(callback?.path).toBe('/another?path=1');
    expect(other.received).toHaveLength(0);
  });

  it('that was taken is still called when its host is not among those of the settings any more', async () => {
    const hook = await receiver([{ status: 500 }]);
    const taskId = await client.createTask({ ...TASK, callback: { url: hook.url } });
    await hook.waitFor(1);

    await put({ hosts: ['hooks.example.com'] });

    await hook.waitFor(2);
    expect((await create({ url: hook.url })).status).toBe(400);
    await expect
      .poll(async () => (await client.getTask(taskId)).callback, { timeout: 20_000 })
      .toMatchObject({ state: 'delivered' });
  });
});

it('a change is in force in another API soon', async () => {
  const [, second] = stack.apis;
  const elsewhere = new GatewayClient(second?.url ?? '', stack.keys[0]);
  const check = async (): Promise<unknown> =>
    (
      await elsewhere.request('/v1/callback-urls/check', {
        body: { url: 'https://hooks.example.com/' },
      })
    ).body;
  expect(await check()).toMatchObject({ data: { allowed: true } });

  await put({ hosts: ['other.example.com'] });

  await expect.poll(check, { timeout: 10_000 }).toMatchObject({ data: { allowed: false } });
  expect((await elsewhere.request('/v1/callback-urls')).body).toMatchObject({
    data: { hosts: ['other.example.com'] },
  });
});
