import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { startStackOnOwnServers } from '../support/stack.js';

/** A result in the answer, one behind a link after some looks, a video. */
const MODELS = ['gpt-image-2', 'flux-2-pro', 'happyhorse-1-0'];
/** Half a minute of patience, then each step's own time on a busy machine. */
const WORKED_OFF_MS = 200_000;

let stack: Awaited<ReturnType<typeof startStackOnOwnServers>>;
let receiver: CallbackReceiver;

beforeAll(async () => {
  stack = await startStackOnOwnServers({ env: { SANDBOX_DELAY_MS: '500' } });
  receiver = await startCallbackReceiver();
});
afterAll(async () => {
  await receiver?.stop();
  await stack?.stop();
});

describe('while Redis stays away', () => {
  it('tasks, checks, archives and callbacks go on from Postgres', async () => {
    const client = new GatewayClient(stack.url, stack.keys[0]);
    const sandbox = new SandboxControl(stack.sandbox.url);
    await stack.redis.stop('SIGKILL');

    const taskIds = await Promise.all(
      MODELS.map(async (model) => {
        const input = { prompt: `without Redis, ${model}` };
        return await client.createTask({ model, input, callback: { url: receiver.url } });
      }),
    );
    const tasks = await Promise.all(
      taskIds.map(async (taskId) => await client.untilTerminal(taskId, WORKED_OFF_MS)),
    );
    await receiver.waitFor(MODELS.length, WORKED_OFF_MS);

    expect(tasks.map(({ status }) => status)).toEqual(MODELS.map(() => 'success'));
    for (const model of MODELS)
      expect(await sandbox.submits(`without Redis, ${model}`)).toHaveLength(1);
  }, 420_000);
});
