import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ apis: 2, env: { SANDBOX_DELAY_MS: '200' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

const dataOf = ({ body }: Answer): TaskDetail => (body as { data: TaskDetail }).data;
const bodyOf = (prompt: string): object => ({ model: 'flux-2-pro', input: { prompt } });

describe('Prefer: wait', () => {
  it('gives the finished task in the answer to the create', async () => {
    const headers = { prefer: 'wait=30' };
    const answer = await client.request('/v1/tasks', { body: bodyOf('one call'), headers });

    expect(answer.status).toBe(200);
    expect(answer.headers.get('preference-applied')).toBe('wait=30');
    expect(dataOf(answer)).toMatchObject({ status: 'success', progress: 100, output: [{}] });
  });

  it('gives a replay the same task, paid once', async () => {
    const prompt = 'waited for twice';
    const headers = { prefer: 'wait=30', 'idempotency-key': 'waited-twice' };
    const ask = async (): Promise<Answer> =>
      await client.request('/v1/tasks', { body: bodyOf(prompt), headers });
    const [first, second] = await Promise.all([ask(), ask()]);

    expect(dataOf(first).taskId).toBe(dataOf(second).taskId);
    expect([dataOf(first).status, dataOf(second).status]).toEqual(['success', 'success']);
    expect(await new SandboxControl(stack.sandbox.url).submits(prompt)).toHaveLength(1);
  });

  it('answers after its time with the task as it is then', async () => {
    const headers = { prefer: 'wait=1' };
    const body = bodyOf('[[delay:20s]] too slow to wait for');
    const task = dataOf(await client.request('/v1/tasks', { body, headers }));

    expect(['queued', 'handling']).toContain(task.status);
    expect(task.completed).toBe(0);
  });
});

describe('GET /v1/tasks/{id}?wait', () => {
  it('answers when the task has ended, at whichever API is asked', async () => {
    const other = new GatewayClient(stack.apis[1]?.url ?? '', stack.keys[0]);
    const taskId = await client.createTask(bodyOf('asked elsewhere'));

    expect(dataOf(await other.request(`/v1/tasks/${taskId}?wait=30`)).status).toBe('success');
  });

  it('with If-None-Match tells each change once, and 304 at the end', async () => {
    const taskId = await client.createTask(bodyOf('[[delay:1s]] each change'));
    const seen: string[] = [];
    let etag = '""';
    for (;;) {
      const headers = { 'if-none-match': etag };
      const answer = await client.request(`/v1/tasks/${taskId}?wait=30`, { headers });
      if (answer.status === 304) break;
      seen.push(dataOf(answer).status);
      etag = answer.headers.get('etag') ?? '';
    }

    expect(seen.at(-1)).toBe('success');
    expect(seen).toEqual(seen.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
  });

  it('of sixty callers for one task answers all of them', async () => {
    const taskId = await client.createTask(bodyOf('sixty wait'));
    const answers = await Promise.all(
      Array.from({ length: 60 }, async () => await client.request(`/v1/tasks/${taskId}?wait=30`)),
    );

    expect(new Set(answers.map((answer) => dataOf(answer).status))).toEqual(new Set(['success']));
  });

  it('is answered at once by an API that is told to stop', async () => {
    const api = await stack.startApi();
    const taskId = await client.createTask(bodyOf('[[delay:20s]] the API stops'));
    const here = new GatewayClient(api.url, stack.keys[0]);
    const asked = here.request(`/v1/tasks/${taskId}?wait=60`);
    await here.request(`/v1/tasks/${taskId}`);
    const ended = api.stop();

    expect((await asked).status).toBe(200);
    expect(await ended).toMatchObject({ code: 0 });
  });
});

const ORDER = ['queued', 'handling', 'archiving', 'success'];
