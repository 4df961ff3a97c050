import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTask, endTask, type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api?.close());

/** Id and event of each frame, in order. */
const eventsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^id: (.+)\nevent: (.+)\n/gm)].map(([, id, event]) => `${id} ${event}`);

const watch = async (taskId: string, lastEventId?: string): Promise<Response> =>
  await api.ask(`/v1/tasks/${taskId}/events`, {
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });

describe('the events of a task', () => {
  it('come as they happen, and end with the task', async () => {
    const taskId = await createTask(api);
    const response = await watch(taskId);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('task.queued')) text += (await reader?.read())?.value ?? '';

    await endTask(api, taskId);
    for (let last = await reader?.read(); last?.value; last = await reader?.read()) {
      text += last.value;
    }

    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': expect.stringContaining('no-store'),
      'x-accel-buffering': 'no',
    });
    expect(eventsIn(text)).toEqual(['0 task.queued', '1 task.fail']);
    const [, data = ''] = /task\.fail\ndata: (.+)\n/.exec(text) ?? [];
    expect(JSON.parse(data)).toMatchObject({
      taskId,
      status: 'fail',
      at: expect.any(Number),
      task: { taskId, status: 'fail', error: { code: 'TASK_FAILED' } },
    });
  });

  it('are resumed after the one that was seen last', async () => {
    const taskId = await createTask(api);
    await endTask(api, taskId);

    expect(eventsIn(await (await watch(taskId)).text())).toEqual(['0 task.queued', '1 task.fail']);
    expect(eventsIn(await (await watch(taskId, '0')).text())).toEqual(['1 task.fail']);
    expect((await watch(taskId, '1')).status).toBe(204);
  });

  it.each(['x', '-1', '1.5', '99', '1e0'])('with Last-Event-ID %s are refused', async (id) => {
    const response = await watch(await createTask(api), id);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'Last-Event-ID' } });
  });

  it('of another tenant’s task are 404', async () => {
    const taskId = await createTask(api, {}, 'b');

    expect((await watch(taskId)).status).toBe(404);
  });

  it('end when the process stops, so that the client goes on elsewhere', async () => {
    const own = await openApi();
    const taskId = await createTask(own);
    const response = await own.ask(`/v1/tasks/${taskId}/events`);

    own.watcher.close();

    expect(eventsIn(await response.text())).toEqual(['0 task.queued']);
    await own.close();
  });
});
