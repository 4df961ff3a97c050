import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTask, dataOf, endTask, type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api?.close());

const BODY = { model: 'flux-2-pro', input: { prompt: 'a paper boat' } };

describe('Prefer: wait', () => {
  it('holds the answer of a create back until the task has ended, and gives its detail', async () => {
    const headers = { prefer: 'wait=30', 'idempotency-key': 'waits' };
    const asked = api.ask('/v1/tasks', { json: BODY, headers });
    const taskId = await createdBy('waits');
    await endTask(api, taskId);
    const response = await asked;

    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait=30');
    expect(await dataOf(response)).toMatchObject({
      taskId,
      status: 'fail',
      error: { code: 'TASK_FAILED' },
    });
  });

  it('of no seconds answers with the detail as it is', async () => {
    const response = await api.ask('/v1/tasks', { json: BODY, headers: { prefer: 'wait=0' } });

    expect(response.headers.get('preference-applied')).toBe('wait=0');
    expect(await dataOf(response)).toMatchObject({ status: 'queued', progress: 0 });
  });

  it('works for a replay too', async () => {
    const headers = { 'idempotency-key': 'replayed' };
    const first = await api.ask('/v1/tasks', { json: BODY, headers });
    const { taskId } = (await dataOf(first)) as { taskId: string };
    await endTask(api, taskId);

    const again = await api.ask('/v1/tasks', {
      json: BODY,
      headers: { ...headers, prefer: 'wait=5' },
    });

    expect(again.headers.get('idempotent-replay')).toBe('true');
    expect(await dataOf(again)).toMatchObject({ taskId, status: 'fail' });
  });

  it('that makes no sense is ignored', async () => {
    const response = await api.ask('/v1/tasks', { json: BODY, headers: { prefer: 'wait=soon' } });

    expect(response.headers.get('preference-applied')).toBeNull();
    expect(Object.keys((await dataOf(response)) as object)).toEqual(['taskId', 'status']);
  });
});

describe('GET /v1/tasks/{id}', () => {
  it('says where a queued task stands', async () => {
    const taskId = await createTask(api, {}, 'b');
    const second = await createTask(api, {}, 'b');

    expect(await dataOf(await api.ask(`/v1/tasks/${taskId}`, { key: 'b' }))).toMatchObject({
      queuePosition: 1,
    });
    expect(await dataOf(await api.ask(`/v1/tasks/${second}`, { key: 'b' }))).toMatchObject({
      queuePosition: 2,
    });
  });

  it('answers 304 to whoever has seen this state', async () => {
    const path = `/v1/tasks/${await createTask(api)}`;
    const first = await api.ask(path);
    const etag = first.headers.get('etag') ?? '';
    const again = await api.ask(path, { headers: { 'if-none-match': `W/${etag}` } });

    expect(again.status).toBe(304);
    expect(again.headers.get('etag')).toBe(etag);
    expect(await again.text()).toBe('');
  });

  it('?wait answers when the task has ended', async () => {
    const taskId = await createTask(api);
    const asked = api.ask(`/v1/tasks/${taskId}?wait=30`);
    await endTask(api, taskId);

    expect(await dataOf(await asked)).toMatchObject({ status: 'fail' });
  });

  it('?wait with If-None-Match answers when something changed', async () => {
    const taskId = await createTask(api);
    const path = `/v1/tasks/${taskId}?wait=30`;
    const { headers } = await api.ask(`/v1/tasks/${taskId}`);
    const asked = api.ask(path, { headers: { 'if-none-match': headers.get('etag') ?? '' } });
    await endTask(api, taskId);
    const response = await asked;

    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).not.toBe(headers.get('etag'));
    const seen = { 'if-none-match': response.headers.get('etag') ?? '' };
    expect((await api.ask(path, { headers: seen })).status).toBe(304);
  });

  it.each(['61', '-1', 'soon', '1&wait=2'])('?wait=%s is refused', async (wait) => {
    const response = await api.ask(`/v1/tasks/${await createTask(api)}?wait=${wait}`);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'wait' } });
  });

  it('?wait for another tenant’s task is 404 at once', async () => {
    const taskId = await createTask(api);

    expect((await api.ask(`/v1/tasks/${taskId}?wait=30`, { key: 'b' })).status).toBe(404);
  });
});

/** The task that a create with this key has made; the create itself is still waiting. */
async function createdBy(key: string): Promise<string> {
  return await expect
    .poll(async () => (await api.tasks.findIdempotencyKey(api.tenantId, key))?.taskId)
    .toBeTruthy()
    .then(async () => (await api.tasks.findIdempotencyKey(api.tenantId, key))?.taskId ?? '');
}
