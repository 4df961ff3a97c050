import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '200' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

interface TaskEvent {
  readonly id: number;
  readonly event: string;
  readonly data: { taskId: string; status: string; at: number; task?: TaskDetail };
}

/** The whole stream, until the server ends it. */
async function watch(taskId: string, lastEventId?: number): Promise<readonly TaskEvent[]> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
  const answer = await client.request(`/v1/tasks/${taskId}/events`, { headers });
  const frames = String(answer.body).matchAll(/^id: (\d+)\nevent: (.+)\ndata: (.+)\n/gm);
  return [...frames].map(([, id, event = '', data = '']) => ({
    id: Number(id),
    event,
    data: JSON.parse(data) as TaskEvent['data'],
  }));
}

describe('the events of a task', () => {
  it('are its changes of status in order, the last one with the task', async () => {
    const taskId = await client.createTask({ model: 'flux-2-pro', input: { prompt: 'watched' } });
    const events = await watch(taskId);

    expect(events.map(({ event }) => event)).toEqual([
      'task.queued',
      'task.handling',
      'task.archiving',
      'task.success',
    ]);
    expect(events.map(({ id }) => id)).toEqual(
      events.map(({ id }) => id).toSorted((a, b) => a - b),
    );
    expect(events.at(-1)?.data.task).toEqual(await client.getTask(taskId));
    expect(events.slice(0, -1).every(({ data }) => data.task === undefined)).toBe(true);
  });

  it('are resumed after any of them, and end with 204', async () => {
    const taskId = await client.createTask({ model: 'flux-2-pro', input: { prompt: 'resumed' } });
    const events = await watch(taskId);

    for (const [index, { id }] of events.slice(0, -1).entries()) {
      expect(await watch(taskId, id)).toEqual(events.slice(index + 1));
    }
    const headers = { 'last-event-id': String(events.at(-1)?.id) };
    const over = await client.request(`/v1/tasks/${taskId}/events`, { headers });
    expect(over.status).toBe(204);
  });

  it('end when the API is told to stop, and go on at another', async () => {
    const api = await stack.startApi();
    const body = { model: 'flux-2-pro', input: { prompt: '[[delay:2s]] goes on elsewhere' } };
    const taskId = await client.createTask(body);
    const here = new GatewayClient(api.url, stack.keys[0]);
    const first = here.request(`/v1/tasks/${taskId}/events`);
    await here.getTask(taskId);
    await api.stop();
    const ids = [...String((await first).body).matchAll(/^id: (\d+)$/gm)].map(([, id]) =>
      Number(id),
    );

    const rest = await watch(taskId, ids.at(-1));

    expect(rest.at(-1)?.event).toBe('task.success');
  });
});
