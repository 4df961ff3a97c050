import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '100' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => await stack?.stop());

/** A black picture of 64 by 64. */
const PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAEklEQVR42mNgGAWjYBSMAggAAAQQAAGvRYgsAAAAAElFTkSuQmCC';

async function run(model: string, input: object): Promise<TaskDetail> {
  return await client.untilTerminal(await client.createTask({ model, input }));
}

const film = (quantity: number, costUsd: number) => ({
  status: 'success',
  output: [{ type: 'video', mime: 'video/mp4' }],
  usage: { unit: 'second', quantity, costUsd },
});
const failed = (code: string) => ({ status: 'fail', error: { code } });

describe.concurrent('the Gemini API', () => {
  it.each<[string, object, object]>([
    ['gemini-omni', { duration: 3, resolution: '360p' }, film(3, 0.069)],
    [
      'gemini-omni-1.1-flash',
      { first_frame_url: PICTURE, last_frame_url: PICTURE, reference_image_urls: [PICTURE] },
      film(5, 0.5),
    ],
    ['veo-3.1-generate-preview', { reference_image_urls: [PICTURE] }, film(8, 3.2)],
    ['veo-3-1-lite-preview', { duration: 4, first_frame_url: PICTURE }, film(4, 0.2)],
  ])('makes a film with %s', async (model, input, expected) => {
    expect(await run(model, { prompt: 'a fox in snow', ...input })).toMatchObject(expected);
  });

  it.each<[string, string, object]>([
    ['nano-banana-pro', '16:9', { width: 1368, height: 768 }],
    ['nano-banana', '1:4', { width: 512, height: 2048 }],
  ])('draws with %s in %s', async (model, aspectRatio, measures) => {
    const input = { prompt: 'a fox in snow', aspect_ratio: aspectRatio, image_urls: [PICTURE] };

    expect(await run(model, input)).toMatchObject({
      status: 'success',
      output: [{ type: 'image', mime: 'image/png', ...measures }],
    });
  });

  it('finds a film whose submit was lost by the call of the vendor, and pays once', async () => {
    const prompt = 'a lost fox [[fault:reset-after-accept]]';

    expect(await run('gemini-omni', { prompt })).toMatchObject(film(5, 0.35));
    expect(await sandbox.submits(prompt)).toHaveLength(1);
  });

  it.each(['gemini-3-pro-image', 'veo-3-1-preview'])(
    'cannot tell what became of a lost submit of %s, and does not send it again',
    async (model) => {
      const prompt = `lost with ${model} [[fault:reset-after-accept]]`;

      expect(await run(model, { prompt })).toMatchObject(failed('SUBMISSION_UNKNOWN'));
      expect(await sandbox.submits(prompt)).toHaveLength(1);
    },
  );

  it.each(['gemini-omni', 'gemini-3-pro-image', 'veo-3-1-fast-preview'])(
    'says that %s refused the content',
    async (model) => {
      const ended = await run(model, { prompt: 'x [[fault:moderated]]' });

      expect(ended).toMatchObject(failed('CONTENT_REJECTED'));
    },
  );

  it.each([
    ['gemini-omni', 'regress'],
    ['gemini-omni', 'unknown-status'],
    ['gemini-omni', 'truncated-output:1'],
    ['gemini-omni', 'error-429-retry-after:1'],
    ['gemini-omni', 'duplicate-hook'],
    ['veo-3-1-preview', 'truncated-output:1'],
  ])('gets a film of %s in spite of %s', async (model, fault) => {
    const prompt = `a fox of ${model} [[fault:${fault}]]`;

    expect(await run(model, { prompt })).toMatchObject({ status: 'success' });
    expect(await sandbox.submits(prompt)).toHaveLength(1);
  });

  it('stops a film on request', async () => {
    const taskId = await client.createTask({
      model: 'gemini-omni',
      input: { prompt: 'a slow fox [[delay:25s]]' },
    });
    await client.request(`/v1/tasks/${taskId}?wait=3`);

    const { body } = await client.request(`/v1/tasks/${taskId}/cancel`, { method: 'POST' });

    expect(body).toMatchObject({ data: { outcome: 'requested' } });
    expect(await client.untilTerminal(taskId)).toMatchObject(failed('TASK_CANCELED'));
  });
});
