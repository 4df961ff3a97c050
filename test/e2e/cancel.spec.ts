import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ workers: 0, env: { SANDBOX_DELAY_MS: '50' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

async function cancel(taskId: string, as = client): Promise<unknown> {
  const answer = await as.request(`/v1/tasks/${taskId}/cancel`, { method: 'POST' });
  return answer.status === 200 ? (answer.body as { data: unknown }).data : answer.status;
}

const picture = (prompt: string): object => ({ model: 'flux-2-pro', input: { prompt } });

describe('a cancel', () => {
  it('ends a task that waits, which is never paid', async () => {
    const prompt = 'canceled while it waits';
    const taskId = await client.createTask(picture(prompt));

    expect(await cancel(taskId)).toEqual({ taskId, outcome: 'canceled' });
    expect(await client.getTask(taskId)).toMatchObject({
      status: 'fail',
      error: { code: 'TASK_CANCELED' },
    });
    expect(await cancel(taskId)).toEqual({ taskId, outcome: 'already_finished' });

    const worker = await stack.startWorker();
    await client.untilTerminal(await client.createTask(picture('the one after it')));
    await worker.stop();
    expect(await new SandboxControl(stack.sandbox.url).submits(prompt)).toEqual([]);
  });

  it('of a job at a vendor that takes no cancels changes nothing', async () => {
    const worker = await stack.startWorker();
    const taskId = await client.createTask(picture('[[delay:2s]] at the vendor'));
    await expect.poll(async () => (await client.getTask(taskId)).status).toBe('handling');
    await expect.poll(async () => await submitsOf('[[delay:2s]] at the vendor')).toBe(1);

    expect(await cancel(taskId)).toEqual({ taskId, outcome: 'not_supported' });
    expect(await client.untilTerminal(taskId)).toMatchObject({ status: 'success' });
    await worker.stop();
  });

  it('of another tenant’s task, or of none, is 404', async () => {
    const stranger = new GatewayClient(stack.url, stack.keys[1]);
    const taskId = await client.createTask(picture('not yours'));

    expect(await cancel(taskId, stranger)).toBe(404);
    expect(await cancel('tk-00000000000000000000000000')).toBe(404);
    expect(await client.getTask(taskId)).toMatchObject({ status: 'queued' });
  });
});

const submitsOf = async (prompt: string): Promise<number> =>
  (await new SandboxControl(stack.sandbox.url).submits(prompt)).length;
