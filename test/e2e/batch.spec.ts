import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '50' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

interface Batch {
  readonly results: readonly { taskId?: string; replayed?: boolean; error?: object }[];
  readonly accepted: number;
  readonly refused: number;
}

async function take(tasks: readonly object[], key?: string): Promise<Batch> {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const answer = await client.request('/v1/tasks/batch', { body: { tasks }, headers });
  expect(answer.status).toBe(200);
  return (answer.body as { data: Batch }).data;
}

const idsOf = ({ results }: Batch) => results.map(({ taskId }) => taskId);
const picture = (prompt: string): object => ({ model: 'flux-2-pro', input: { prompt } });

describe('a batch', () => {
  it('makes what is right and refuses what is not, and what is right is made', async () => {
    const { results, ...counts } = await take([
      picture('first of three'),
      { model: 'flux-2-pro', input: { prompt: 'x', colour: 'red' } },
      picture('third of three'),
    ]);

    expect(counts).toEqual({ accepted: 2, refused: 1 });
    expect(results[1]).toMatchObject({ error: { error: { param: 'input.colour' } } });
    expect(await client.untilTerminal(results[0]?.taskId ?? '')).toMatchObject({
      status: 'success',
    });
    expect(await client.untilTerminal(results[2]?.taskId ?? '')).toMatchObject({
      status: 'success',
    });
  });

  it('of five hundred is durable when it is answered', async () => {
    const { results, accepted } = await take(
      Array.from({ length: 500 }, (_, index) => picture(`[[delay:60s]] ${index} of many`)),
    );
    const last = await client.getTask(results[499]?.taskId ?? '');

    expect(accepted).toBe(500);
    expect(last.taskId).toBe(results[499]?.taskId);
    for (const { taskId = '' } of results) {
      void client.request(`/v1/tasks/${taskId}/cancel`, { method: 'POST' }).catch(() => undefined);
    }
  });

  it('sent twice with one key makes its tasks once', async () => {
    const tasks = [picture('nightly one'), picture('nightly two')];
    const [first, second] = await Promise.all([take(tasks, 'nightly'), take(tasks, 'nightly')]);
    await client.untilTerminal(first.results[0]?.taskId ?? '');

    expect(idsOf(first)).toEqual(idsOf(second));
    expect(await new SandboxControl(stack.sandbox.url).submits('nightly one')).toHaveLength(1);
  });
});
