import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api.close());

const admin = async (path: string, method: string) => {
  const json = method === 'POST' ? {} : undefined;
  const options = { key: ADMIN_TOKEN, method, ...(json && { json }) };
  const answer = await api.ask(`/admin/tenants/${api.tenantId}/keys${path}`, options);
  return ((await answer.json()) as { data: { id: string; key: string } }).data;
};

async function waitingTask(key: string): Promise<string> {
  const json = { model: 'flux-2-pro', input: { prompt: 'x' } };
  const answer = await api.ask('/v1/tasks', { key, json });
  return ((await answer.json()) as { data: { taskId: string } }).data.taskId;
}

const isWaitedFor = async (): Promise<void> => await expect.poll(() => api.calls.size).toBe(1);

describe('a key that is revoked', () => {
  it('ends its open event stream, as if the task had no more to tell', async () => {
    const { id, key } = await admin('', 'POST');
    const taskId = await waitingTask(key);
    const stream = await api.ask(`/v1/tasks/${taskId}/events`, { key });
    await isWaitedFor();

    await admin(`/${id}`, 'DELETE');

    expect(await stream.text()).not.toContain('task.success');
    expect((await api.ask(`/v1/tasks/${taskId}/events`, { key })).status).toBe(401);
    expect(api.calls.size).toBe(0);
  });

  it('refuses its open long poll', async () => {
    const { id, key } = await admin('', 'POST');
    const taskId = await waitingTask(key);
    const poll = api.ask(`/v1/tasks/${taskId}?wait=60`, { key });
    await isWaitedFor();

    await admin(`/${id}`, 'DELETE');

    const answer = await poll;
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error_code: 'PERMISSION_DENIED', data: null });
  });

  it('still learns the id of the task that it has made and waits for', async () => {
    const { id, key } = await admin('', 'POST');
    const json = { model: 'flux-2-pro', input: { prompt: 'x' } };
    const created = api.ask('/v1/tasks', { key, json, headers: { prefer: 'wait=60' } });
    await isWaitedFor();

    await admin(`/${id}`, 'DELETE');

    const answer = await created;
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ data: { taskId: expect.stringMatching(/^tk-/) } });
  });

  it('ends a call of pictures that waits for its task', async () => {
    const { id, key } = await admin('', 'POST');
    const json = { model: 'flux-2-pro', prompt: 'x' };
    const pictures = api.ask('/v1/images/generations', { key, json });
    await isWaitedFor();

    await admin(`/${id}`, 'DELETE');

    expect((await pictures).status).toBe(401);
  });
});
