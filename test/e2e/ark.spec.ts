import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '200' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => await stack?.stop());

const film = (prompt: string) => ({ model: 'seedance-2-0', input: { prompt, duration: 4 } });

describe('Ark', () => {
  it.each([
    ['seedance-2-5', 'video', { unit: 'token', quantity: 87_300, costUsd: 0.934_11 }],
    ['seedance-1-0', 'video', { unit: 'token', quantity: 103_818, costUsd: 0.259_545 }],
    ['seedream-5-0-pro', 'image', { unit: 'image', quantity: 1, costUsd: 0.09 }],
  ])(
    'makes with %s what it is asked for, and charges what the vendor counted',
    async (model, type, usage) => {
      const input = {
        prompt: `a lighthouse by ${model}`,
        ...(type === 'video' && { duration: DURATION[model] }),
      };
      const task = await client.untilTerminal(await client.createTask({ model, input }));

      expect(task).toMatchObject({ provider: 'ark', status: 'success', output: [{ type }], usage });
      expect(await sandbox.submits(input.prompt)).toHaveLength(1);
    },
  );

  it('finds a film whose submit got no answer by the vendor’s callback, and pays it once', async () => {
    const prompt = 'a lost film [[fault:reset-after-accept:1]]';
    const task = await client.untilTerminal(await client.createTask(film(prompt)));

    expect(task).toMatchObject({ status: 'success', output: [{ type: 'video' }] });
    expect(await sandbox.submits(prompt)).toHaveLength(1);
  });

  it('tells a film that was moderated from one that failed', async () => {
    const [moderated, failed] = await Promise.all(
      ['moderated', 'fail'].map(
        async (fault) =>
          await client.untilTerminal(await client.createTask(film(`a boat [[fault:${fault}]]`))),
      ),
    );

    expect(moderated).toMatchObject({ status: 'fail', error: { code: 'CONTENT_REJECTED' } });
    expect(failed).toMatchObject({
      status: 'fail',
      error: { code: 'TASK_FAILED', providerCode: 'InternalServiceError' },
    });
  });

  it('cancels a film that still waits at the vendor', async () => {
    const prompt = 'a film that nobody wants [[delay:60s]]';
    const taskId = await client.createTask(film(prompt));
    await expect.poll(async () => (await sandbox.submits(prompt)).length).toBe(1);
    await expect.poll(async () => (await client.getTask(taskId)).status).toBe('handling');

    await client.request(`/v1/tasks/${taskId}/cancel`, { method: 'POST' });

    expect(await client.untilTerminal(taskId)).toMatchObject({
      status: 'fail',
      error: { code: 'TASK_CANCELED' },
    });
  });

  it('refuses settings in a prompt, and combinations that the model lacks', async () => {
    for (const [input, says] of [
      [{ prompt: 'a boat --dur 15' }, /setting/],
      [{ prompt: 'a boat', seed: 1 }, /Unknown field/],
      [{ prompt: 'a boat', last_frame_url: 'https://example.com/a.png' }, /first_frame_url/],
    ] as const) {
      const answer = await client.request('/v1/tasks', { body: { model: 'seedance-2-0', input } });
      expect(answer).toMatchObject({ status: 400, body: { message: expect.stringMatching(says) } });
    }
  });
});

const DURATION: Readonly<Record<string, number>> = { 'seedance-2-5': 4, 'seedance-1-0': 5 };
