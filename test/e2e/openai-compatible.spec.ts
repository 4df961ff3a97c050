import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { render } from '../../apps/sandbox/src/media/render.js';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

const SQUARE = render({
  kind: 'picture',
  format: 'png',
  width: 64,
  height: 64,
  text: 'hat',
  transparent: true,
});
const PICTURE = `data:image/png;base64,${SQUARE.toString('base64')}`;

let stack: Stack;
let client: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '200' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => await stack?.stop());

describe('an OpenAI-compatible upstream, and OpenAI with pictures to edit', () => {
  it.each([
    ['sandbox-image', { prompt: 'as links', n: 2, size: '256x128' }, 'image/png', 2],
    [
      'sandbox-image',
      {
        prompt: 'as bytes',
        image_urls: [PICTURE],
        provider_options: { response_format: 'b64_json' },
      },
      'image/png',
      1,
    ],
    ['sora-2', { prompt: 'a film', duration: 8, first_frame_url: PICTURE }, 'video/mp4', 1],
    [
      'gpt-image-2-pro',
      { prompt: 'an edit', image_urls: [PICTURE, PICTURE], mask_url: PICTURE },
      'image/png',
      1,
    ],
  ])('%s: makes what is asked for, and is paid once (%#)', async (model, input, mime, count) => {
    const task = await client.untilTerminal(await client.createTask({ model, input }));

    expect(task).toMatchObject({ status: 'success' });
    expect(task.output?.map((output) => output.mime)).toEqual(Array(count).fill(mime));
    expect(await sandbox.submits(input.prompt)).toHaveLength(1);
  });

  it('finds a film whose submit got no answer in the list of jobs, and pays it once', async () => {
    const prompt = 'a lost film [[fault:reset-after-accept:1]]';

    const taskId = await client.createTask({ model: 'sora-2', input: { prompt } });

    expect(await client.untilTerminal(taskId)).toMatchObject({
      status: 'success',
      usage: { unit: 'second', quantity: 4, costUsd: null },
    });
    expect(await sandbox.submits(prompt)).toHaveLength(1);
  });

  it.each(['startApi', 'startWorker'] as const)(
    'does not %s with a name that the catalog has already',
    async (start) => {
      const starting = stack[start]({ OPENAI_COMPATIBLE_IMAGE_MODELS: 'GPT-Image-2' });

      await expect(starting).rejects.toThrow(
        'OPENAI_COMPATIBLE_IMAGE_MODELS: "gpt-image-2" names gpt-image-2 already',
      );
    },
  );
});
