import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type CallbackAnswer, startCallbackReceiver } from '../support/callback-receiver.js';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '50', CALLBACK_RETRY_SCHEDULE: '0.2' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

async function finishedTask(answers: readonly CallbackAnswer[], when = 'final') {
  const receiver = await startCallbackReceiver(answers);
  onTestFinished(async () => await receiver.stop());
  const callback = { url: receiver.url, when };
  const input = { prompt: 'told again' };
  const taskId = await client.createTask({ model: 'flux-2-pro', input, callback });
  await client.untilTerminal(taskId);
  return { receiver, taskId };
}

const redeliver = async (taskId: string): Promise<Answer> =>
  await client.request(`/v1/tasks/${taskId}/redeliver`, { method: 'POST' });

it('sends a delivered callback again: same id, same bytes, a manual attempt', async () => {
  const { receiver, taskId } = await finishedTask([]);
  await receiver.waitFor(1);

  expect((await redeliver(taskId)).status).toBe(200);

  const [first, second] = await receiver.waitFor(2);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(second?.rawBody).toEqual(first?.rawBody);
  await expect
    .poll(async () => (await client.request(`/v1/tasks/${taskId}/deliveries`)).body)
    .toMatchObject({
      data: {
        deliveries: [
          { state: 'delivered', attempts: [{ trigger: 'auto' }, { trigger: 'manual' }] },
        ],
      },
    });
});

it('sends a dead callback again', async () => {
  const { receiver, taskId } = await finishedTask([{ status: 500 }, { status: 500 }]);
  await receiver.waitFor(2);
  await expect.poll(async () => (await client.getTask(taskId)).callback?.state).toBe('dead');

  await redeliver(taskId);

  await receiver.waitFor(3);
  await expect
    .poll(async () => (await client.getTask(taskId)).callback)
    .toEqual({ state: 'delivered', attempts: 3 });
});

it('sends only the last one of all', async () => {
  const { receiver, taskId } = await finishedTask([], 'all');
  await receiver.waitFor(3);

  await redeliver(taskId);

  const received = await receiver.waitFor(4);
  expect(received.at(-1)?.headers['x-taskgate-event']).toBe('task.success');
});
