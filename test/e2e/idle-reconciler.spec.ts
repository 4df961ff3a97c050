import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { readMetric } from '../support/metrics.js';
import { type Stack, startStack } from '../support/stack.js';

const MODELS = ['qwen-image-2-0', 'gpt-image-2', 'flux-2-pro', 'veo-3-1', 'happyhorse-1-0'];
const TASKS = 200;

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '2000', WORKER_CONCURRENCY: '16' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

describe('the safety net', () => {
  it('has nothing to do while nothing is wrong, however long the queue is', async ({
    annotate,
  }) => {
    const startedAtMs = Date.now();
    const taskIds = await Promise.all(
      Array.from({ length: TASKS }, async (_, index) => {
        const model = MODELS[index % MODELS.length];
        return await client.createTask({ model, input: { prompt: `one of many, ${index}` } });
      }),
    );
    const createdAfterMs = Date.now() - startedAtMs;
    const tasks = [];
    for (const taskId of taskIds) tasks.push(await client.untilTerminal(taskId, 90_000));
    await annotate(`created in ${createdAfterMs} ms, done in ${Date.now() - startedAtMs} ms`);

    const { url = '' } = stack.workers[0] ?? {};
    expect(tasks.filter(({ status }) => status !== 'success')).toEqual([]);
    expect(await readMetric(url, 'taskgate_tasks_finished_total')).toBe(TASKS);
    expect(await readMetric(url, 'taskgate_reconciled_total')).toBe(0);
  });
});
