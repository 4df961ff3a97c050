import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { type Answer, GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '100' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => await stack?.stop());

/** The vendor makes one picture in a call. */
const pictures = (prompt: string, n = 3, more: object = {}): object => ({
  model: 'flux-2-pro',
  input: { prompt, n },
  ...more,
});

const dataOf = ({ body }: Answer): unknown => (body as { data: unknown }).data;
const submitsOf = async (prompt: string): Promise<number> => (await sandbox.submits(prompt)).length;

interface WithPartial extends TaskDetail {
  readonly partial?: {
    readonly requested: number;
    readonly delivered: number;
    readonly failures: readonly { readonly index?: number; readonly code: string }[];
  };
}

async function countOf(text: string, values: readonly unknown[]): Promise<number> {
  const database = new Client({ connectionString: stack.databaseUrl });
  await database.connect();
  try {
    const { rows } = await database.query<{ count: number }>(text, [...values]);
    return rows[0]?.count ?? 0;
  } finally {
    await database.end();
  }
}

const ended = async (taskId: string): Promise<WithPartial> => await client.untilTerminal(taskId);

const cancel = async (taskId: string): Promise<unknown> =>
  dataOf(await client.request(`/v1/tasks/${taskId}/cancel`, { method: 'POST' }));

async function receiverFor(): Promise<CallbackReceiver> {
  const receiver = await startCallbackReceiver();
  onTestFinished(async () => await receiver.stop());
  return receiver;
}

describe('one task for several results of a vendor that makes one in a call', () => {
  it('has them all, each paid once, and tells of its end once', async () => {
    const receiver = await receiverFor();
    const prompt = 'three boats';
    const callback = { url: receiver.url, when: 'final' };
    const taskId = await client.createTask(pictures(prompt, 3, { callback }));

    const task = await ended(taskId);

    expect(task).toMatchObject({
      status: 'success',
      progress: 100,
      usage: { unit: 'image', quantity: 3, costUsd: expect.any(Number) as number },
    });
    expect(task.partial).toBeUndefined();
    expect(task.output).toHaveLength(3);
    for (const { url, bytes } of task.output ?? []) {
      const file = await fetch(url);
      expect((await file.arrayBuffer()).byteLength).toBe(bytes);
    }
    expect(await submitsOf(prompt)).toBe(3);
    await expect.poll(() => receiver.received.length).toBe(1);
    const [told] = receiver.received;
    expect(JSON.parse(told?.rawBody.toString() ?? '')).toMatchObject({
      taskId,
      output: task.output,
    });
    const quote = await client.request('/v1/tasks/quote', { body: pictures(prompt) });
    expect(dataOf(quote)).toMatchObject({ quantity: 3, costUsd: task.usage?.costUsd });
  });

  it('is one task in lists and totals, and its calls are nobody’s to see', async () => {
    const own = new GatewayClient(stack.url, stack.keys[1]);
    const taskId = await own.createTask(pictures('listed as one'));
    await own.untilTerminal(taskId);

    const list = dataOf(await own.request('/v1/tasks?page=1&size=100'));

    expect(list).toMatchObject({ total: 1, tasks: [{ taskId }] });
    const operator = new GatewayClient(stack.url, stack.adminToken);
    const everybody = dataOf(await operator.request('/admin/tasks?limit=100')) as {
      tasks: readonly { taskId: string; metadata: object }[];
    };
    expect(everybody.tasks.filter((task) => task.taskId === taskId)).toHaveLength(1);
  });

  it('is one task for its idempotency key', async () => {
    const prompt = 'asked for twice under one key';
    const headers = { 'idempotency-key': 'several-1' };
    const taskId = await client.createTask(pictures(prompt), headers);

    const replay = await client.request('/v1/tasks', { body: pictures(prompt), headers });

    expect(replay.headers.get('idempotent-replay')).toBe('true');
    expect(dataOf(replay)).toMatchObject({ taskId });
    await ended(taskId);
    expect(await submitsOf(prompt)).toBe(3);
  });

  it('succeeds with what came, and says what did not', async () => {
    const prompt = '[[fault:moderated:1]] one of them is refused';
    const taskId = await client.createTask(pictures(prompt));

    const task = await ended(taskId);

    expect(task).toMatchObject({
      status: 'success',
      usage: { quantity: 2 },
      partial: {
        requested: 3,
        delivered: 2,
        failures: [{ index: expect.any(Number) as number, code: 'CONTENT_REJECTED' }],
      },
    });
    expect(task.output).toHaveLength(2);
  });

  it('fails with what all of them failed of', async () => {
    const taskId = await client.createTask(pictures('[[fault:moderated]] none is made'));

    expect(await ended(taskId)).toMatchObject({
      status: 'fail',
      error: { code: 'CONTENT_REJECTED', retryable: false },
      partial: { requested: 3, delivered: 0 },
    });
  });

  it('can be waited for, and tells every change of its status', async () => {
    const headers = { prefer: 'wait=20' };
    const body = pictures('[[delay:300ms]] waited for');
    const task = dataOf(await client.request('/v1/tasks', { body, headers })) as TaskDetail;

    expect(task).toMatchObject({ status: 'success' });
    const events = await client.request(`/v1/tasks/${task.taskId}/events`);
    const told = String(events.body).match(/^event: .*$/gm);
    expect(told).toEqual([
      'event: task.queued',
      'event: task.handling',
      'event: task.archiving',
      'event: task.success',
    ]);
  });

  it('is deleted with everything', async () => {
    const taskId = await client.createTask(pictures('deleted whole'));
    const [output] = (await ended(taskId)).output ?? [];

    const answer = await client.request(`/v1/tasks/${taskId}`, { method: 'DELETE' });

    expect(answer.status).toBe(200);
    expect((await fetch(output?.url ?? '')).status).toBe(404);
    expect((await client.request(`/v1/tasks/${taskId}`)).status).toBe(404);
    const rows = await countOf(
      `SELECT count(*)::int AS count FROM tasks WHERE parent_id = $1 AND input <> '{}'`,
      [taskId],
    );
    expect(rows).toBe(0);
  });

  it('is run again whole when it failed', async () => {
    const prompt = '[[fault:fail:2]] both fail the first time';
    const taskId = await client.createTask(pictures(prompt, 2));
    expect(await ended(taskId)).toMatchObject({ status: 'fail' });
    const operator = new GatewayClient(stack.url, stack.adminToken);

    const retry = await operator.request(`/admin/tasks/${taskId}/retry`, { method: 'POST' });

    const again = await ended((dataOf(retry) as { taskId: string }).taskId);
    expect(again).toMatchObject({ status: 'success', retryOf: taskId });
    expect(again.output).toHaveLength(2);
    expect(await submitsOf(prompt)).toBe(4);
  });

  it('survives Redis losing everything in the middle', async () => {
    const prompt = '[[delay:2s]] flushed in the middle';
    const taskId = await client.createTask(pictures(prompt));
    await expect.poll(async () => await submitsOf(prompt)).toBe(3);

    await stack.redis.flush();

    const task = await client.untilTerminal(taskId, 60_000);
    expect(task).toMatchObject({ status: 'success' });
    expect(task.output).toHaveLength(3);
    expect(await submitsOf(prompt)).toBe(3);
  });

  it('ends at its deadline with what came by then', async () => {
    const prompt = '[[delay:30s]] too late';
    const taskId = await client.createTask(pictures(prompt, 2, { deadline: 2 }));

    expect(await ended(taskId)).toMatchObject({
      status: 'fail',
      error: { code: 'TASK_TIMEOUT', retryable: false },
    });
    const open = await countOf(
      `SELECT count(*)::int AS count FROM tasks WHERE parent_id = $1 AND status NOT IN ('success', 'fail')`,
      [taskId],
    );
    expect(open).toBe(0);
  });
});

describe('a cancel of several', () => {
  it('ends them all while they wait, and none is paid', async () => {
    const idle = await startStack({ workers: 0, env: { SANDBOX_DELAY_MS: '50' } });
    onTestFinished(async () => await idle.stop());
    const own = new GatewayClient(idle.url, idle.keys[0]);
    const prompt = 'canceled while they wait';
    const taskId = await own.createTask(pictures(prompt));

    const answer = await own.request(`/v1/tasks/${taskId}/cancel`, { method: 'POST' });

    expect(dataOf(answer)).toEqual({ taskId, outcome: 'canceled' });
    expect(await own.getTask(taskId)).toMatchObject({
      status: 'fail',
      error: { code: 'TASK_CANCELED' },
    });
    const worker = await idle.startWorker();
    await own.untilTerminal(await own.createTask(pictures('the one after it', 1)));
    await worker.stop();
    expect(await new SandboxControl(idle.sandbox.url).submits(prompt)).toEqual([]);
  });

  it('changes nothing where all are at a vendor that takes no cancels', async () => {
    const prompt = '[[delay:2s]] all at the vendor';
    const taskId = await client.createTask(pictures(prompt, 2));
    await expect.poll(async () => await submitsOf(prompt)).toBe(2);

    expect(await cancel(taskId)).toEqual({ taskId, outcome: 'not_supported' });
    expect(await ended(taskId)).toMatchObject({ status: 'success' });
    expect(await cancel(taskId)).toEqual({ taskId, outcome: 'already_finished' });
  });
});
