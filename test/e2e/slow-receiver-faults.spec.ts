import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

/** How many callbacks hang at once. */
const HANGING = 5;

let stack: Stack;
let client: GatewayClient;
let silent: CallbackReceiver;
let healthy: CallbackReceiver;

beforeAll(async () => {
  const env = { SANDBOX_DELAY_MS: '50', CALLBACK_TIMEOUT_SECONDS: '60' };
  stack = await startStack({ env: { ...env, WORKER_CONCURRENCY: String(HANGING + 1) } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  silent = await startCallbackReceiver(Array.from({ length: HANGING }, () => 'hang' as const));
  healthy = await startCallbackReceiver();
});
afterAll(async () => {
  await silent?.stop();
  await healthy?.stop();
  await stack?.stop();
});

const create = async (url: string): Promise<string> =>
  await client.createTask({ model: 'flux-2-pro', input: { prompt: url }, callback: { url } });

it('a receiver that never answers delays neither tasks nor the callbacks of others', async () => {
  const hanging = [];
  for (let made = 0; made < HANGING; made += 1) hanging.push(await create(silent.url));
  await silent.waitFor(HANGING);

  const others = [await create(healthy.url), await create(healthy.url)];
  await healthy.waitFor(others.length);

  for (const taskId of hanging) {
    expect(await client.getTask(taskId)).toMatchObject({
      status: 'success',
      callback: { state: 'pending', attempts: 0 },
    });
  }
  for (const taskId of others) {
    expect(await client.untilTerminal(taskId)).toMatchObject({ status: 'success' });
  }
});
