import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type CallbackAnswer,
  type CallbackReceiver,
  startCallbackReceiver,
} from '../support/callback-receiver.js';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;
let stranger: GatewayClient;
let operator: GatewayClient;

beforeAll(async () => {
  stack = await startStack({
    env: {
      SANDBOX_DELAY_MS: '50',
      CALLBACK_RETRY_SCHEDULE: '0.2',
      CALLBACK_TIMEOUT_SECONDS: '3',
    },
  });
  client = new GatewayClient(stack.url, stack.keys[0]);
  stranger = new GatewayClient(stack.url, stack.keys[1]);
  operator = new GatewayClient(stack.url, stack.adminToken);
});
afterAll(async () => await stack?.stop());

interface Attempt {
  readonly number: number;
  readonly trigger: string;
  readonly time: number;
  readonly durationMs: number;
  readonly phases: Readonly<Record<string, number | null>>;
  readonly remoteAddress: string | null;
  readonly status: number | null;
  readonly errorClass: string | null;
  readonly answerSnippet: string;
}

interface Delivery {
  readonly id: string;
  readonly taskId: string | null;
  readonly event: string;
  readonly state: string;
  readonly origin: string;
  readonly attempts: readonly Attempt[];
  readonly body: string;
}

const dataOf = ({ body }: Answer): unknown => (body as { data: unknown }).data;
const get = async (path: string, from = client): Promise<unknown> =>
  dataOf(await from.request(path));
const post = async (path: string, body: object, from = client): Promise<unknown> =>
  dataOf(await from.request(path, { body }));

async function receiver(answers: readonly (CallbackAnswer | 'hang')[] = []) {
  const started = await startCallbackReceiver(answers);
  onTestFinished(async () => await started.stop());
  return { ...started, origin: new URL(started.url).origin };
}

/** A task that has ended, whose callback stands as `state`. */
async function toldTask({ url }: Pick<CallbackReceiver, 'url'>, state: 'delivered' | 'dead') {
  const input = { prompt: 'told and seen' };
  const taskId = await client.createTask({ model: 'flux-2-pro', input, callback: { url } });
  await expect
    .poll(async () => (await client.getTask(taskId)).callback?.state, { timeout: 20_000 })
    .toBe(state);
  return taskId;
}

const list = async (query: string, from = client, path = '/v1/tasks/deliveries') =>
  (await get(`${path}?${query}`, from)) as {
    readonly deliveries: readonly Delivery[];
    readonly nextCursor: string | null;
  };

const find = async (id: string): Promise<Delivery> =>
  (await get(`/v1/tasks/deliveries/${id}`)) as Delivery;

describe('a tenant', () => {
  it('sees what was sent, how long each part took and what came back', async () => {
    const hook = await receiver([{ status: 200, body: 'thanks' }]);
    const taskId = await toldTask(hook, 'delivered');
    const [callback] = await hook.waitFor(1);
    const { deliveries } = await list(`origin=${hook.origin}&state=delivered&event=task.success`);

    const [{ id } = { id: '' }] = deliveries;
    const delivery = await find(id);

    expect(deliveries).toMatchObject([{ taskId, origin: hook.origin, attemptCount: 1 }]);
    expect(delivery.body).toBe(callback?.rawBody.toString('utf8'));
    expect(delivery.attempts).toMatchObject([
      {
        number: 1,
        trigger: 'auto',
        remoteAddress: '127.0.0.1',
        status: 200,
        errorClass: null,
        answerSnippet: 'thanks',
        phases: { tlsMs: null, firstByteMs: expect.any(Number) },
      },
    ]);
  });

  it('sends what is dead again by filter, after counting it', async () => {
    const failing = { status: 500 };
    const hook = await receiver([failing, failing, failing, failing]);
    const taskIds = [await toldTask(hook, 'dead'), await toldTask(hook, 'dead')];
    const filter = { state: 'dead', origin: hook.origin };
    const path = '/v1/tasks/deliveries/redeliver';

    expect(await post(path, { ...filter, dryRun: true })).toEqual({ matched: 2, dryRun: true });
    expect(hook.received).toHaveLength(4);
    expect(await post(path, filter)).toEqual({ matched: 2, redelivered: 2 });

    await hook.waitFor(6);
    for (const taskId of taskIds) {
      await expect
        .poll(async () => (await client.getTask(taskId)).callback, { timeout: 20_000 })
        .toEqual({ state: 'delivered', attempts: 3 });
    }
    const { deliveries } = await list(`origin=${hook.origin}&limit=1`);
    const [{ id } = { id: '' }] = deliveries;
    expect((await find(id)).attempts.map(({ trigger }) => trigger)).toEqual([
      'auto',
      'auto',
      'replay',
    ]);
  });

  it('sends one again that fails once more, and it stays delivered', async () => {
    const hook = await receiver([{ status: 200 }, { status: 500 }]);
    await toldTask(hook, 'delivered');
    const [{ id } = { id: '' }] = (await list(`origin=${hook.origin}`)).deliveries;

    expect(await post(`/v1/tasks/deliveries/${id}/redeliver`, {})).toMatchObject({
      id,
      state: 'delivered',
    });

    await hook.waitFor(2);
    await expect
      .poll(async () => await find(id), { timeout: 20_000 })
      .toMatchObject({
        state: 'delivered',
        nextAttempt: null,
        attempts: [
          { trigger: 'auto', status: 200 },
          { trigger: 'manual', status: 500 },
        ],
      });
  });

  it('is told of one that nobody answers no more than that', async () => {
    const hook = await startCallbackReceiver();
    await hook.stop();
    await toldTask(hook, 'dead');
    const { origin } = new URL(hook.url);
    const [{ id } = { id: '' }] = (await list(`origin=${origin}`)).deliveries;

    const [own] = (await find(id)).attempts;
    const [actual] = ((await get(`/admin/deliveries/${id}`, operator)) as Delivery).attempts;

    expect(own).toMatchObject({ status: null, errorClass: 'unreachable', remoteAddress: null });
    expect(actual).toMatchObject({ status: null, errorClass: 'closed' });
  });

  it('sees nothing of another one’s', async () => {
    const hook = await receiver();
    const taskId = await toldTask(hook, 'delivered');
    const [{ id } = { id: '' }] = (await list(`origin=${hook.origin}`)).deliveries;
    const statusOf = async (path: string, body?: object) =>
      (await stranger.request(path, body && { body })).status;

    expect((await list(`origin=${hook.origin}`, stranger)).deliveries).toEqual([]);
    expect([
      await statusOf(`/v1/tasks/${taskId}/deliveries`),
      await statusOf(`/v1/tasks/deliveries/${id}`),
      await statusOf(`/v1/tasks/deliveries/${id}/redeliver`, {}),
      await statusOf('/v1/callback-urls/receivers/enable', { origin: hook.origin }),
    ]).toEqual([404, 404, 404, 404]);
    expect(await post('/v1/tasks/deliveries/redeliver', { origin: hook.origin }, stranger)).toEqual(
      { matched: 0, redelivered: 0 },
    );
  });
});

describe('a test of a callback URL', () => {
  it('arrives signed, and its answer tells how it went', async () => {
    const hook = await receiver([{ status: 204 }]);

    const test = (await post('/v1/callback-urls/test', { url: hook.url })) as Delivery;

    const [callback] = await hook.waitFor(1);
    const { secret } = (await get('/v1/callback-secret')) as { readonly secret: string };
    const headers = Object.fromEntries(
      Object.entries(callback?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const verified = new Webhook(secret).verify(callback?.rawBody ?? '', headers);
    expect(verified).toEqual({
      event: 'callback.test',
      deliveryId: test.id,
      created: expect.any(Number),
    });
    expect(headers).toMatchObject({ 'webhook-id': test.id, 'x-taskgate-event': 'callback.test' });
    expect(test).toMatchObject({
      taskId: null,
      event: 'callback.test',
      state: 'delivered',
      attempts: [{ number: 1, status: 204 }],
    });
  });

  it('that fails is not tried again', async () => {
    const hook = await receiver([{ status: 500, body: 'not set up yet' }]);

    expect(await post('/v1/callback-urls/test', { url: hook.url })).toMatchObject({
      state: 'dead',
      nextAttempt: null,
      attempts: [{ status: 500, errorClass: 'server-error', answerSnippet: 'not set up yet' }],
    });
  });
});

describe('an operator', () => {
  it('leaves a receiver alone: callbacks end with a note until it is enabled', async () => {
    const hook = await receiver();
    await toldTask(hook, 'delivered');
    const { origin } = hook;
    const { deliveries } = await list(`origin=${origin}`, operator, '/admin/deliveries');
    const [{ tenantId: tenant, id } = { tenantId: '', id: '' }] =
      deliveries as readonly (Delivery & {
        readonly tenantId: string;
      })[];
    const receivers = '/admin/callback-receivers';

    expect(await post(`${receivers}/disable`, { tenant, origin }, operator)).toMatchObject({
      state: 'disabled',
    });
    await toldTask(hook, 'dead');
    expect((await list(`origin=${origin}&state=dead`)).deliveries).toMatchObject([
      { attemptCount: 0, note: expect.stringContaining('disabled') },
    ]);
    expect(
      (await client.request(`/v1/tasks/deliveries/${id}/redeliver`, { body: {} })).status,
    ).toBe(400);
    expect(await get(`${receivers}?failing=true&tenant=${tenant}`, operator)).toMatchObject({
      receivers: expect.arrayContaining([expect.objectContaining({ origin, state: 'disabled' })]),
    });

    expect(await post('/v1/callback-urls/receivers/enable', { origin })).toMatchObject({
      state: 'ok',
    });
    const body = { state: 'dead', origin, tenant };
    expect(await post('/admin/deliveries/redeliver', body, operator)).toEqual({
      matched: 1,
      redelivered: 1,
    });
    await hook.waitFor(2);
  });
});
