import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '50' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

const remove = async (taskId: string): Promise<number> =>
  (await client.request(`/v1/tasks/${taskId}`, { method: 'DELETE' })).status;

describe('a deleted task', () => {
  it('is gone with its outputs, and nothing of its input is left in the database', async () => {
    const prompt = 'a secret that must be forgotten';
    const metadata = { note: 'a secret as well' };
    const taskId = await client.createTask({ model: 'flux-2-pro', input: { prompt }, metadata });
    const task = await client.untilTerminal(taskId);
    const url = task.output?.[0]?.url ?? '';
    expect((await fetch(url)).status).toBe(200);

    expect(await remove(taskId)).toBe(200);

    expect((await fetch(url)).status).toBe(404);
    expect((await client.request(`/v1/tasks/${taskId}`)).status).toBe(404);
    expect((await client.request(`/v1/tasks/${taskId}/deliveries`)).status).toBe(404);
    expect(await remove(taskId)).toBe(404);
    const [row] = await rowsOf(taskId);
    expect(JSON.stringify(row)).not.toContain('secret');
    expect(row).toMatchObject({ id: taskId, status: 'success' });
  });

  it('has to have ended', async () => {
    const body = { model: 'flux-2-pro', input: { prompt: '[[delay:2s]] not yet' } };
    const taskId = await client.createTask(body);

    expect(await remove(taskId)).toBe(400);
    await client.untilTerminal(taskId);
    expect(await remove(taskId)).toBe(200);
  });
});

async function rowsOf(taskId: string): Promise<readonly object[]> {
  const database = new Client({ connectionString: stack.databaseUrl });
  await database.connect();
  try {
    return (await database.query<object>('SELECT * FROM tasks WHERE id = $1', [taskId])).rows;
  } finally {
    await database.end();
  }
}
