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

interface WithPartial extends TaskDetail {
  readonly partial?: unknown;
}

/** A black picture of 64 by 64. */
const PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAEklEQVR42mNgGAWjYBSMAggAAAQQAAGvRYgsAAAAAElFTkSuQmCC';

async function run(model: string, input: object): Promise<WithPartial> {
  return await client.untilTerminal(await client.createTask({ model, input }));
}

const picture = (mime: string, width: number, height: number, costUsd: number | null) => ({
  status: 'success',
  output: [{ type: 'image', mime, width, height }],
  usage: { unit: 'image', quantity: 1, costUsd },
});
const film = (quantity: number, costUsd: number) => ({
  status: 'success',
  output: [{ type: 'video', mime: 'video/mp4' }],
  usage: { unit: 'second', quantity, costUsd },
});

describe.concurrent('every model of FLUX and Veo', () => {
  it.each<[string, object, object]>([
    ['flux-2-max', { size: '640x320' }, picture('image/jpeg', 640, 320, 0.07)],
    [
      'flux-2-flex',
      { size: '640x320', provider_options: { steps: 20 } },
      picture('image/jpeg', 640, 320, 0.05),
    ],
    ['flux-2-klein', { image_urls: [PICTURE] }, picture('image/jpeg', 1024, 1024, 0.017)],
    ['flux-2-klein-4b', { output_format: 'webp' }, picture('image/webp', 1024, 1024, 0.014)],
    [
      'flux-kontext-pro',
      { image_urls: [PICTURE, PICTURE] },
      picture('image/png', 1024, 1024, 0.04),
    ],
    ['flux-kontext-max', { aspect_ratio: '1:2' }, picture('image/png', 720, 1440, 0.08)],
    ['flux-pro-1.1', { image_urls: [PICTURE] }, picture('image/jpeg', 1024, 768, 0.04)],
    ['flux-pro-1.1-ultra', {}, picture('image/jpeg', 2720, 1536, 0.06)],
    ['flux-dev', { size: '256x256' }, picture('image/jpeg', 256, 256, 0.025)],
    [
      'flux-fill',
      { image_urls: [PICTURE], mask_url: PICTURE },
      picture('image/jpeg', 64, 64, 0.05),
    ],
    [
      'flux-expand',
      { image_urls: [PICTURE], provider_options: { left: 64 } },
      picture('image/jpeg', 128, 64, 0.05),
    ],
    ['veo-3-1', { reference_image_urls: [PICTURE, PICTURE], duration: 8 }, film(8, 3.2)],
    ['veo-3-1-fast', { duration: 4, resolution: '4k' }, film(4, 1.2)],
    [
      'veo-3-1-lite',
      { first_frame_url: PICTURE, last_frame_url: PICTURE, duration: 4, generate_audio: false },
      film(4, 0.12),
    ],
  ])('%s makes what was asked for with %o', async (model, input, expected) => {
    const task = await run(model, { prompt: `a boat by ${model}`, ...input });

    expect(task).toMatchObject(expected);
    expect(await sandbox.submits(`a boat by ${model}`)).toHaveLength(1);
  });

  it('fills a picture without a prompt', async () => {
    expect(await run('flux-fill', { image_urls: [PICTURE] })).toMatchObject({ status: 'success' });
  });

  it('gives the films that were not withheld, and charges no other', async () => {
    const input = { prompt: 'films [[fault:moderated-part]]', n: 3, duration: 4 };

    expect(await run('veo-3-1-lite', input)).toMatchObject({
      status: 'success',
      output: [{ type: 'video' }, { type: 'video' }],
      usage: { quantity: 8, costUsd: 0.4 },
      partial: { requested: 3, delivered: 2, failures: [{ code: 'CONTENT_REJECTED' }] },
    });
  });

  it('takes a lossless film, which is more than 24 MiB inside the answer', async () => {
    const provider_options = { compressionQuality: 'lossless' };
    const task = await run('veo-3-1-lite', { prompt: 'huge', duration: 4, provider_options });

    expect(task).toMatchObject(film(4, 0.2));
    expect(task.output?.[0]?.bytes).toBeGreaterThan(24 * 1024 * 1024);
  });
});
