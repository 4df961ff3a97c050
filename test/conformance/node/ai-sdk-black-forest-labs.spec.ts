import { createBlackForestLabs } from '@ai-sdk/black-forest-labs';
import { imageSize } from 'image-size';
import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../../../apps/sandbox/src/testing/start-sandbox.js';

/** The client as anyone would make it, but that it looks for its result more often. */
const clientOf = (sandbox: TestSandbox, apiKey = 'key') =>
  createBlackForestLabs({
    apiKey,
    baseURL: `${sandbox.url}/bfl/v1`,
    pollIntervalMillis: 5,
    pollTimeoutMillis: 1000,
  });

type Options = Parameters<ReturnType<ReturnType<typeof clientOf>['image']>['doGenerate']>[0];

const order = (more: Partial<Options> = {}): Options => ({
  prompt: 'a glass data center',
  n: 1,
  size: undefined,
  aspectRatio: undefined,
  seed: undefined,
  files: undefined,
  mask: undefined,
  providerOptions: {},
  ...more,
});

const bytesOf = (image: string | Uint8Array | undefined): Buffer => Buffer.from(image ?? '');

/** A black picture of 64 by 64: PNG. */
const PICTURE = new Uint8Array(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAEklEQVR42mNgGAWjYBSMAggAAAQQAAGvRYgsAAAAAElFTkSuQmCC',
    'base64',
  ),
);
const file = { type: 'file', mediaType: 'image/png', data: PICTURE } as const;

describe('@ai-sdk/black-forest-labs against the sandbox', () => {
  it('creates, polls where it is told to, and downloads', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const model = clientOf(sandbox).image('flux-2-pro');

    const generating = model.doGenerate(
      order({ seed: 7, providerOptions: { blackForestLabs: { width: 640, height: 480 } } }),
    );
    // The stand-in's own clock: the first looks see the job pending, then it is ready.
    await firstSubmit(sandbox);
    sandbox.pass(1000);
    const { images, warnings, providerMetadata } = await generating;

    expect(imageSize(bytesOf(images[0]))).toEqual({ type: 'jpg', width: 640, height: 480 });
    expect(warnings).toEqual([]);
    expect(providerMetadata).toMatchObject({
      blackForestLabs: { images: [{ seed: 7, cost: 3, outputMegapixels: 0.31 }] },
    });
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'bfl', model: 'flux-2-pro', prompt: 'a glass data center' },
    ]);
  });

  it.each<[string, Partial<Options>, object]>([
    // The client turns a size into a shape as well; FLUX.2 has no use for that and lets it pass.
    ['flux-2-max', { size: '1280x720' }, { type: 'jpg', width: 1280, height: 720 }],
    ['flux-kontext-pro', { aspectRatio: '1:2' }, { type: 'png', width: 720, height: 1440 }],
    ['flux-kontext-max', { files: [file, file] }, { type: 'png', width: 1024, height: 1024 }],
    ['flux-pro-1.1', { size: '1024x576' }, { type: 'jpg', width: 1024, height: 576 }],
    [
      'flux-pro-1.1-ultra',
      {
        aspectRatio: '16:9',
        providerOptions: {
          blackForestLabs: { raw: true, imagePromptStrength: 0.3, outputFormat: 'png' },
        },
      },
      { type: 'png', width: 2720, height: 1536 },
    ],
    ['flux-pro-1.0-fill', { files: [file], mask: file }, { type: 'jpg', width: 64, height: 64 }],
  ])('gets of %s with %o what it asked for', async (name, more, expected) => {
    const sandbox = await startSandbox();

    const { images } = await clientOf(sandbox).image(name).doGenerate(order(more));

    expect(imageSize(bytesOf(images[0]))).toEqual(expected);
  });

  it('reads what the vendor finds wrong with a field', async () => {
    const sandbox = await startSandbox();
    const options = { blackForestLabs: { width: 1000 } };

    const refused = clientOf(sandbox)
      .image('flux-pro-1.1')
      .doGenerate(order({ providerOptions: options }));

    await expect(refused).rejects.toMatchObject({
      statusCode: 422,
      isRetryable: false,
      message: expect.stringContaining('Input should be a multiple of 32'),
    });
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each([
    ['a malformed key', 'wrong-key', 'flux-2-pro', 'a cat', 422, 'Invalid API key format'],
    ['a model that is not there', 'key', 'flux-9', 'a cat', 404, 'Not Found'],
    [
      'too many jobs',
      'key',
      'flux-2-pro',
      'a cat [[fault:error-429]]',
      429,
      'Too many active tasks. Please wait for one of them to finish.',
    ],
  ])('is refused for %s', async (_, key, name, prompt, statusCode, message) => {
    const sandbox = await startSandbox();

    const refused = clientOf(sandbox, key).image(name).doGenerate(order({ prompt }));

    await expect(refused).rejects.toMatchObject({ statusCode, message });
  });

  it('is told that a job failed', async () => {
    const sandbox = await startSandbox();

    const failed = clientOf(sandbox)
      .image('flux-2-pro')
      .doGenerate(order({ prompt: 'a cat [[fault:fail]]' }));

    await expect(failed).rejects.toThrow('generation failed');
  });

  it('finds the link dead when it has expired', async () => {
    const sandbox = await startSandbox();

    const late = clientOf(sandbox)
      .image('flux-2-pro')
      .doGenerate(order({ prompt: 'a cat [[fault:expired-url]]' }));

    await expect(late).rejects.toMatchObject({ statusCode: 403 });
  });

  it('knows none of the states that the live API has had since September 2026', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const halfway = async (): Promise<void> => {
      await firstSubmit(sandbox);
      sandbox.pass(500);
    };

    const [generated] = await Promise.allSettled([
      clientOf(sandbox).image('flux-2-pro').doGenerate(order()),
      halfway(),
    ]);

    expect(generated).toMatchObject({
      status: 'rejected',
      reason: { message: 'Invalid JSON response' },
    });
  });
});

async function firstSubmit(sandbox: TestSandbox): Promise<void> {
  await expect.poll(async () => (await sandbox.submits()).length).toBe(1);
}
