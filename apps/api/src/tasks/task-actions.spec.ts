import { newDelivery } from '@app/callbacks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTask, dataOf, endTask, type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api?.close());

const post = async (path: string, key = 'a'): Promise<Response> =>
  await api.ask(path, { method: 'POST', key });
const callback = { url: 'https://your.example/hook' };

describe('DELETE /v1/tasks/{id}', () => {
  it('erases a finished task: then there is none', async () => {
    const taskId = await createTask(api);
    await endTask(api, taskId);
    const path = `/v1/tasks/${taskId}`;
    const first = await api.ask(path, { method: 'DELETE' });

    expect(await dataOf(first)).toEqual({ taskId, deleted: true });
    expect((await api.ask(path)).status).toBe(404);
    expect((await api.ask(path, { method: 'DELETE' })).status).toBe(404);
    expect((await api.ask(`${path}/events`)).status).toBe(404);
  });

  it('refuses one that is under way, and another tenant’s', async () => {
    const taskId = await createTask(api);
    const mine = await api.ask(`/v1/tasks/${taskId}`, { method: 'DELETE' });
    const theirs = await api.ask(`/v1/tasks/${taskId}`, { method: 'DELETE', key: 'b' });

    expect(await mine.json()).toMatchObject({
      error_code: 'INVALID_REQUEST',
      message: expect.stringContaining('Cancel it first'),
    });
    expect(theirs.status).toBe(404);
  });
});

describe('POST /v1/tasks/{id}/cancel', () => {
  it('ends a task that no vendor has, once', async () => {
    const taskId = await createTask(api);
    const waiting = api.ask(`/v1/tasks/${taskId}?wait=30`);
    const outcomes = [
      await dataOf(await post(`/v1/tasks/${taskId}/cancel`)),
      await dataOf(await post(`/v1/tasks/${taskId}/cancel`)),
    ];

    expect(outcomes).toEqual([
      { taskId, outcome: 'canceled' },
      { taskId, outcome: 'already_finished' },
    ]);
    expect(await dataOf(await waiting)).toMatchObject({
      status: 'fail',
      error: { code: 'TASK_CANCELED' },
    });
  });

  it('of a task that was deleted, or that is another tenant’s, is 404', async () => {
    const taskId = await createTask(api);

    expect((await post(`/v1/tasks/${taskId}/cancel`, 'b')).status).toBe(404);
    await endTask(api, taskId);
    await api.ask(`/v1/tasks/${taskId}`, { method: 'DELETE' });
    expect((await post(`/v1/tasks/${taskId}/cancel`)).status).toBe(404);
  });

  it('of a task that there is not is 404', async () => {
    expect((await post('/v1/tasks/tk-1/cancel')).status).toBe(404);
  });
});

describe('POST /v1/tasks/{id}/redeliver', () => {
  it('makes the last callback due again, and leaves its state', async () => {
    const taskId = await createTask(api, { callback });
    await endTask(api, taskId);
    const { tenantId, deliveries } = api;
    const event = 'task.fail';
    const made = newDelivery(
      { taskId, tenantId, event, sequence: 1, url: callback.url, body: '{"taskId":"x"}' },
      new Date(),
    );
    deliveries.add({ ...made, state: 'dead', nextAttemptAt: null, attempts: 3 });

    expect(await dataOf(await post(`/v1/tasks/${taskId}/redeliver`))).toEqual({
      taskId,
      deliveryId: made.id,
      state: 'dead',
    });
    expect(await deliveries.findForTask(taskId)).toMatchObject([
      { id: made.id, state: 'dead', trigger: 'manual', nextAttemptAt: expect.any(Date) },
    ]);
  });

  it('refuses a task without a callback, one that has not ended, and another tenant’s', async () => {
    const silent = await createTask(api);
    const running = await createTask(api, { callback });
    const messages = await Promise.all(
      [silent, running].map(async (id) => await (await post(`/v1/tasks/${id}/redeliver`)).json()),
    );

    expect(messages).toMatchObject([
      { code: 400, message: expect.stringContaining('no callback') },
      { code: 400, message: expect.stringContaining('queued') },
    ]);
    expect((await post(`/v1/tasks/${running}/redeliver`, 'b')).status).toBe(404);
  });
});
