import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type CallbackAnswer,
  type CallbackReceiver,
  type ReceivedCallback,
  startCallbackReceiver,
} from '../support/callback-receiver.js';
import { type Answer, GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({
    env: { SANDBOX_DELAY_MS: '50', CALLBACK_RETRY_SCHEDULE: '0.2,0.2,0.2' },
  });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly url: string;
  readonly state: string;
  readonly nextAttempt: number | null;
  readonly attempts: readonly {
    readonly number: number;
    readonly trigger: string;
    readonly status: number | null;
    readonly error: string | null;
    readonly answerSnippet: string;
  }[];
}

const dataOf = ({ body }: Answer): unknown => (body as { data: unknown }).data;

interface Secret {
  readonly secret: string;
}

async function receiver(answers: readonly CallbackAnswer[] = []): Promise<CallbackReceiver> {
  const started = await startCallbackReceiver(answers);
  onTestFinished(async () => await started.stop());
  return started;
}

async function create(url: string, when: 'final' | 'all' = 'final', prompt = 'a boat') {
  const body = { model: 'flux-2-pro', input: { prompt }, callback: { url, when } };
  return await client.createTask(body);
}

async function deliveriesOf(taskId: string): Promise<readonly Delivery[]> {
  const answer = await client.request(`/v1/tasks/${taskId}/deliveries`);
  return (dataOf(answer) as { deliveries: readonly Delivery[] }).deliveries;
}

/** The recorded outcome is committed a moment after the receiver has answered. */
async function settled(taskId: string, state: 'delivered' | 'dead'): Promise<TaskDetail> {
  await expect.poll(async () => (await client.getTask(taskId)).callback?.state).toBe(state);
  return await client.getTask(taskId);
}

const secretOf = async (from = client): Promise<string> =>
  (dataOf(await from.request('/v1/callback-secret')) as Secret).secret;

const hiapiSignature = ({ headers, rawBody }: ReceivedCallback, secret: string): string =>
  createHmac('sha256', secret)
    .update(`${String(headers['x-hiapi-timestamp'])}.${rawBody.toString('utf8')}`)
    .digest('hex');

const check = async (url: string): Promise<unknown> =>
  dataOf(await client.request('/v1/callback-urls/check', { body: { url } }));

const headersOf = ({ headers }: ReceivedCallback): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

const parsed = ({ rawBody }: ReceivedCallback): { status: string } =>
  JSON.parse(rawBody.toString('utf8')) as { status: string };

describe('a callback', () => {
  it('comes once, signed in both ways, with the detail as it was', async () => {
    const hook = await receiver();
    const taskId = await create(hook.url);
    const [callback] = await hook.waitFor(1);
    const task = await settled(taskId, 'delivered');
    if (!callback) throw new Error('No callback came');
    const secret = await secretOf();
    const { callback: state, ...detail } = task;

    expect(new Webhook(secret).verify(callback.rawBody, headersOf(callback))).toEqual(detail);
    expect(callback.headers['x-hiapi-signature']).toBe(hiapiSignature(callback, secret));
    expect(callback.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': expect.stringMatching(/^msg_/),
      'x-taskgate-event': 'task.success',
      'x-taskgate-attempt': '1',
    });
    expect(state).toEqual({ state: 'delivered', attempts: 1 });
    expect(hook.received).toHaveLength(1);
  });

  it('tells of a failure as well', async () => {
    const hook = await receiver();
    const taskId = await create(hook.url, 'final', 'a boat [[fault:fail]]');
    const [callback] = await hook.waitFor(1);
    const { callback: _, ...detail } = await settled(taskId, 'delivered');

    expect(callback && parsed(callback)).toEqual(detail);
    expect(callback?.headers['x-taskgate-event']).toBe('task.fail');
  });

  it('comes for every change of status where all are asked for', async () => {
    const hook = await receiver();
    const taskId = await create(hook.url, 'all');
    const callbacks = await hook.waitFor(3);
    const states = async () => (await deliveriesOf(taskId)).map(({ state }) => state);
    await expect.poll(states).toEqual(['delivered', 'delivered', 'delivered']);
    const deliveries = await deliveriesOf(taskId);
    const inOrder = deliveries.map(({ id }) =>
      callbacks.find(({ headers }) => headers['webhook-id'] === id),
    );

    expect(deliveries.map(({ event }) => event)).toEqual([
      'task.handling',
      'task.archiving',
      'task.success',
    ]);
    expect(inOrder.map((callback) => callback && parsed(callback).status)).toEqual([
      'handling',
      'archiving',
      'success',
    ]);
    expect(new Set(callbacks.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
  });

  it('is of another secret for another tenant', async () => {
    const stranger = new GatewayClient(stack.url, stack.keys[1]);
    const theirs = await secretOf(stranger);

    expect(theirs).toMatch(/^whsec_/);
    expect(theirs).not.toBe(await secretOf());
  });
});

describe('a receiver', () => {
  it('that answers 500 gets the same bytes under the same id again', async () => {
    const hook = await receiver([{ status: 500, body: 'not today' }]);
    const taskId = await create(hook.url);
    const [first, second] = await hook.waitFor(2);
    const task = await settled(taskId, 'delivered');
    const [delivery] = await deliveriesOf(taskId);
    const webhook = new Webhook(await secretOf());

    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.rawBody).toEqual(first?.rawBody);
    for (const attempt of hook.received) webhook.verify(attempt.rawBody, headersOf(attempt));
    expect(hook.received.map(({ headers }) => headers['x-taskgate-attempt'])).toEqual(['1', '2']);
    expect(delivery).toMatchObject({
      id: first?.headers['webhook-id'],
      event: 'task.success',
      url: hook.url,
      state: 'delivered',
      nextAttempt: null,
      attempts: [
        { number: 1, trigger: 'auto', status: 500, error: null, answerSnippet: 'not today' },
        { number: 2, trigger: 'auto', status: 200, error: null },
      ],
    });
    expect(task.callback).toEqual({ state: 'delivered', attempts: 2 });
  });

  it('that redirects is not followed, and the redirect is recorded', async () => {
    const elsewhere = await receiver();
    const hook = await receiver([{ status: 302, headers: { location: elsewhere.url } }]);
    const taskId = await create(hook.url);
    await settled(taskId, 'delivered');
    const [delivery] = await deliveriesOf(taskId);

    expect(elsewhere.received).toEqual([]);
    expect(delivery?.attempts).toMatchObject([
      { status: 302, error: expect.stringContaining('redirect') },
      { status: 200 },
    ]);
  });

  it('that never takes it makes the delivery dead after the schedule, not the task', async () => {
    const hook = await receiver(Array.from({ length: 9 }, () => ({ status: 503 })));
    const taskId = await create(hook.url);
    const task = await settled(taskId, 'dead');
    const [delivery] = await deliveriesOf(taskId);

    expect(task).toMatchObject({ status: 'success', callback: { state: 'dead', attempts: 4 } });
    expect(delivery?.attempts.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    expect(delivery?.nextAttempt).toBeNull();
    expect(hook.received).toHaveLength(4);
  });

  it('that is gone (410) is not asked again', async () => {
    const hook = await receiver([{ status: 410 }]);
    const task = await settled(await create(hook.url), 'dead');

    expect(task.callback).toEqual({ state: 'dead', attempts: 1 });
    expect(hook.received).toHaveLength(1);
  });

  it('that does not listen is told apart from one that answers', async () => {
    const hook = await startCallbackReceiver();
    await hook.stop();
    const taskId = await create(hook.url);
    await settled(taskId, 'dead');
    const [delivery] = await deliveriesOf(taskId);

    expect(delivery?.attempts).toHaveLength(4);
    expect(delivery?.attempts[0]).toMatchObject({
      status: null,
      errorClass: 'unreachable',
      error: 'no connection could be made',
    });
  });
});

describe('the signing secret', () => {
  it('stays the same until it is rotated; then the old one signs too', async () => {
    const old = await secretOf();
    const answer = await client.request('/v1/callback-secret/rotate', { method: 'POST' });
    const rotated = dataOf(answer) as Secret;
    const hook = await receiver();
    await create(hook.url);
    const [callback] = await hook.waitFor(1);
    if (!callback) throw new Error('No callback came');
    const signatures = String(callback.headers['webhook-signature']).split(' ');

    expect(rotated).toEqual({ secret: expect.stringMatching(/^whsec_/), graceSeconds: 86_400 });
    expect(rotated.secret).not.toBe(old);
    expect(await secretOf()).toBe(rotated.secret);
    expect(signatures).toHaveLength(2);
    for (const secret of [old, rotated.secret]) {
      const verify = () => new Webhook(secret).verify(callback.rawBody, headersOf(callback));
      expect(verify).not.toThrow();
    }
    expect(callback.headers['x-hiapi-signature']).toBe(hiapiSignature(callback, rotated.secret));
  });
});

describe('the check of a callback URL', () => {
  it('takes one that a task could name, and sends nothing there', async () => {
    const hook = await receiver();

    expect(await check('https://your.app/hook')).toEqual({ allowed: true, reason: null });
    expect(await check(hook.url)).toEqual({ allowed: true, reason: null });
    expect(await check('http://192.168.0.1/')).toEqual({
      allowed: false,
      reason: expect.stringContaining('public internet'),
    });
    expect(hook.received).toEqual([]);
  });

  it('asks for a url', async () => {
    const answer = await client.request('/v1/callback-urls/check', { body: {} });

    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { param: 'url' } });
  });
});
