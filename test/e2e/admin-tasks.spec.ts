import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;
let operator: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '50' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  operator = new GatewayClient(stack.url, stack.adminToken);
});
afterAll(async () => await stack?.stop());

const dataOf = ({ body }: Answer): unknown => (body as { data: unknown }).data;
const retry = async (taskId: string): Promise<Answer> =>
  await operator.request(`/admin/tasks/${taskId}/retry`, { method: 'POST' });

describe('an operator', () => {
  it('sees everybody’s tasks, each with its tenant, page by page', async () => {
    const stranger = new GatewayClient(stack.url, stack.keys[1]);
    const body = { model: 'flux-2-pro', input: { prompt: 'seen by the operator' } };
    const ids = [await client.createTask(body), await stranger.createTask(body)];
    const first = dataOf(await operator.request('/admin/tasks?limit=1')) as Page;
    const second = dataOf(
      await operator.request(`/admin/tasks?limit=1&cursor=${first.nextCursor}`),
    ) as Page;

    expect([...second.tasks, ...first.tasks].map(({ taskId }) => taskId)).toEqual(ids);
    expect(second.tasks[0]?.tenantId).not.toBe(first.tasks[0]?.tenantId);
    const own = await operator.request(`/admin/tasks?tenant=${first.tasks[0]?.tenantId}`);
    expect((dataOf(own) as Page).tasks.map(({ taskId }) => taskId)).toEqual([ids[1]]);
  });

  it('runs a failed task again, which says whose retry it is', async () => {
    const prompt = '[[fault:fail:1]] once';
    const taskId = await client.createTask({ model: 'flux-2-pro', input: { prompt } });
    expect(await client.untilTerminal(taskId)).toMatchObject({ status: 'fail' });

    const again = dataOf(await retry(taskId)) as { taskId: string; retryOf: string };

    expect(again.retryOf).toBe(taskId);
    expect(await client.untilTerminal(again.taskId)).toMatchObject({
      status: 'success',
      retryOf: taskId,
    });
  });

  it('cannot run a task again that has not failed, or that there is not', async () => {
    const body = { model: 'flux-2-pro', input: { prompt: 'it worked' } };
    const taskId = await client.createTask(body);
    await client.untilTerminal(taskId);

    expect((await retry(taskId)).body).toMatchObject({
      error_code: 'INVALID_REQUEST',
      message: expect.stringContaining('success'),
    });
    expect((await retry('tk-00000000000000000000000000')).status).toBe(404);
    expect((await client.request('/admin/tasks')).status).toBe(401);
  });
});

describe('a tenant’s maximum of unfinished tasks', () => {
  it('refuses the next task, never a replay, and in every process within two seconds', async () => {
    const made = dataOf(
      await operator.request('/admin/tenants', {
        body: { name: 'bounded', policy: { maxQueuedTasks: 2 } },
      }),
    ) as { id: string };
    const issued = dataOf(
      await operator.request(`/admin/tenants/${made.id}/keys`, { body: {} }),
    ) as { key: string };
    const bounded = new GatewayClient(stack.url, issued.key);
    const body = { model: 'flux-2-pro', input: { prompt: '[[delay:30s]] holds its place' } };
    const create = async (key: string): Promise<Answer> =>
      await bounded.request('/v1/tasks', { body, headers: { 'idempotency-key': key } });
    const answers = await Promise.all(['1', '2', '3', '4'].map(create));
    const taken = ['1', '2', '3', '4'].filter((_, index) => answers[index]?.status === 200);
    const full = answers.find(({ status }) => status !== 200);

    expect(taken).toHaveLength(2);
    expect(full).toMatchObject({ status: 429, body: { error_code: 'QUEUE_FULL' } });
    expect(Number(full?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await create(taken[0] ?? '')).headers.get('idempotent-replay')).toBe('true');

    await operator.request(`/admin/tenants/${made.id}`, { method: 'PATCH', body: { policy: {} } });
    expect((await create('5')).status).toBe(200);
  });
});

interface Page {
  readonly nextCursor: string | null;
  readonly tasks: readonly { readonly taskId: string; readonly tenantId: string }[];
}
