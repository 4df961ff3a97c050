import { createByteDance } from '@ai-sdk/bytedance';
import { imageSize } from 'image-size';
import { describe, expect, it, vi } from 'vitest';
import { startSandbox, type TestSandbox } from '../../../apps/sandbox/src/testing/start-sandbox.js';

/** The client as anyone would make it. */
const clientOf = (sandbox: TestSandbox, apiKey = 'key') =>
  createByteDance({ apiKey, baseURL: `${sandbox.url}/ark/api/v3` });

type Client = ReturnType<typeof clientOf>;
type Film = Parameters<ReturnType<Client['video']>['doGenerate']>[0];
type Picture = Parameters<ReturnType<Client['image']>['doGenerate']>[0];

const OFTEN = { pollIntervalMs: 5, pollTimeoutMs: 5000 };

const film = (more: Partial<Film> = {}): Film => ({
  prompt: 'a lighthouse in a storm',
  n: 1,
  aspectRatio: undefined,
  resolution: undefined,
  duration: undefined,
  fps: undefined,
  seed: undefined,
  image: undefined,
  frameImages: undefined,
  inputReferences: undefined,
  generateAudio: undefined,
  providerOptions: { bytedance: OFTEN },
  ...more,
});

const picture = (more: Partial<Picture> = {}): Picture => ({
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

const FRAME = 'https://example.com/frame.png';
const frame = { type: 'url', url: FRAME } as const;

async function download(videos: readonly { readonly type: string }[]): Promise<Buffer> {
  const [video] = videos;
  if (!video || !('url' in video)) throw new Error('no link came');
  const response = await fetch(String(video.url));
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

describe('the films of @ai-sdk/bytedance against the sandbox', () => {
  it('are created, looked at until they are made, and downloaded', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const model = clientOf(sandbox).video('dreamina-seedance-2-0-260128');

    const generating = model.doGenerate(
      film({ aspectRatio: '16:9', resolution: '1280x720', duration: 5, generateAudio: true }),
    );
    // The stand-in's own clock: the first looks see it waiting.
    await vi.waitUntil(async () => (await sandbox.submits()).length > 0);
    sandbox.pass(1000);
    const { videos, warnings, providerMetadata } = await generating;

    expect(warnings).toEqual([]);
    expect((await download(videos)).subarray(4, 8).toString()).toBe('ftyp');
    expect(providerMetadata).toMatchObject({
      bytedance: {
        taskId: expect.stringMatching(/^cgt-/),
        usage: { completion_tokens: 108_900 },
      },
    });
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'ark', model: 'dreamina-seedance-2-0-260128', prompt: 'a lighthouse in a storm' },
    ]);
  });

  it.each<[string, Partial<Film>]>([
    ['dreamina-seedance-2-0-fast-260128', { image: frame, resolution: '864x496', duration: 4 }],
    [
      'dreamina-seedance-2-0-260128',
      {
        image: frame,
        providerOptions: { bytedance: { ...OFTEN, lastFrameImage: FRAME, watermark: false } },
      },
    ],
    [
      'dreamina-seedance-2-0-260128',
      {
        providerOptions: {
          bytedance: {
            ...OFTEN,
            referenceImages: [FRAME],
            referenceVideos: ['https://example.com/a.mp4'],
            referenceAudio: ['https://example.com/a.mp3'],
          },
        },
      },
    ],
    [
      'seedance-1-5-pro-251215',
      {
        seed: 7,
        duration: 4,
        providerOptions: { bytedance: { ...OFTEN, cameraFixed: true, serviceTier: 'flex' } },
      },
    ],
    ['seedance-1-0-pro-250528', { aspectRatio: '21:9', resolution: '1920x1080', seed: 1 }],
    ['seedance-1-0-pro-fast-251015', { duration: 2 }],
    ['seedance-1-0-lite-t2v-250428', { resolution: '864x480' }],
    ['seedance-1-0-lite-i2v-250428', { image: frame }],
  ])('are made by %s with %o', async (name, more) => {
    const sandbox = await startSandbox();

    const { videos } = await clientOf(sandbox).video(name).doGenerate(film(more));

    expect((await download(videos)).length).toBeGreaterThan(1000);
  });

  it.each<[string, Partial<Film>, RegExp]>([
    ['seconds that the model lacks', { duration: 99 }, /duration.*4 to 15/],
    ['a last frame alone', { providerOptions: { bytedance: { lastFrameImage: FRAME } } }, /first/],
    ['what the stand-in is told to refuse', { prompt: '[[fault:error-429]]' }, /RPM/],
    // The client drops the reason that such a task has.
    ['a film that fails', { prompt: '[[fault:fail]]' }, /"status":"failed"/],
    ['a film that is moderated', { prompt: '[[fault:moderated]]' }, /"status":"failed"/],
  ])('are refused in words that it understands: %s', async (_, more, message) => {
    const sandbox = await startSandbox();
    const model = clientOf(sandbox).video('dreamina-seedance-2-0-260128');

    await expect(model.doGenerate(film(more))).rejects.toThrow(message);
  });

  it('are refused to a wrong key', async () => {
    const sandbox = await startSandbox();
    const model = clientOf(sandbox, 'wrong').video('dreamina-seedance-2-0-260128');

    await expect(model.doGenerate(film())).rejects.toMatchObject({ statusCode: 401 });
  });
});

describe('the pictures of @ai-sdk/bytedance against the sandbox', () => {
  it.each<[string, Partial<Picture>, object]>([
    ['dola-seedream-5-0-pro-260628', { size: '1536x1024' }, { width: 1536, height: 1024 }],
    [
      'seedream-5-0-lite-260128',
      { providerOptions: { bytedance: { size: '2K', outputFormat: 'png', watermark: false } } },
      { type: 'png', width: 2048 },
    ],
    ['seedream-4-5-251128', { size: '2560x1440' }, { type: 'jpg', width: 2560, height: 1440 }],
    [
      'seedream-4-0-250828',
      {
        size: '1280x720',
        files: [{ type: 'url', url: FRAME }],
        providerOptions: { bytedance: { optimizePromptMode: 'fast' } },
      },
      { width: 1280, height: 720 },
    ],
  ])('are made by %s with %o', async (name, more, expected) => {
    const sandbox = await startSandbox();

    const { images, warnings } = await clientOf(sandbox).image(name).doGenerate(picture(more));

    expect(warnings).toEqual([]);
    expect(imageSize(Buffer.from(String(images[0]), 'base64'))).toMatchObject(expected);
  });

  it('come several at once when it asks for a group', async () => {
    const sandbox = await startSandbox();
    const group = { sequentialImageGeneration: 'auto', maxImages: 2, size: '1K' };

    const { images } = await clientOf(sandbox)
      .image('seedream-4-0-250828')
      .doGenerate(picture({ providerOptions: { bytedance: group } }));

    expect(images).toHaveLength(2);
  });

  it('are refused in words that it understands', async () => {
    const sandbox = await startSandbox();
    const model = clientOf(sandbox).image('seedream-4-5-251128');

    await expect(model.doGenerate(picture({ size: '512x512' }))).rejects.toThrow(/3686400/);
    await expect(model.doGenerate(picture({ prompt: '[[fault:moderated]]' }))).rejects.toThrow(
      /sensitive/,
    );
  });
});
