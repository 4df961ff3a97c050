import { createAlibaba } from '@ai-sdk/alibaba';
import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../../../apps/sandbox/src/testing/start-sandbox.js';

/** The client as anyone would make it. */
const clientOf = (sandbox: TestSandbox, apiKey = 'key') =>
  createAlibaba({ apiKey, videoBaseURL: `${sandbox.url}/dashscope` });

type Video = ReturnType<ReturnType<typeof clientOf>['video']>;
type Start = NonNullable<Video['doStart']>;
type Options = Parameters<Start>[0];

/** Its way to start a film and to ask for it, which this client has. */
function filmsOf(sandbox: TestSandbox, name: string, apiKey?: string) {
  const model = clientOf(sandbox, apiKey).video(name);
  if (!model.doStart || !model.doStatus) throw new Error('films cannot be started');
  return { start: model.doStart.bind(model), look: model.doStatus.bind(model) };
}

const order = (more: Partial<Options> = {}): Options => ({
  prompt: 'a paper boat',
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
  providerOptions: {},
  ...more,
});

const PICTURE = { type: 'url', url: 'https://example.com/a.png' } as const;
const FILM = { type: 'url', url: 'https://example.com/a.mp4' } as const;
const first = { frameType: 'first_frame', image: PICTURE } as const;
const last = { frameType: 'last_frame', image: PICTURE } as const;
const DATA = {
  type: 'file',
  mediaType: 'image/png',
  data: Buffer.from('iVBORw0KGgo=', 'base64'),
} as const;

describe('@ai-sdk/alibaba against the sandbox', () => {
  it('creates, polls and downloads', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const film = filmsOf(sandbox, 'wan2.7-t2v');

    const { operation, warnings } = await film.start(
      order({ resolution: '1280x720', aspectRatio: '9:16', duration: 2, seed: 3 }),
    );
    const waiting = await film.look({ operation });
    sandbox.pass(500);
    const running = await film.look({ operation });
    sandbox.pass(500);
    const done = await film.look({ operation });

    expect(warnings).toEqual([]);
    expect([waiting, running, done].map(({ status }) => status)).toEqual([
      'pending',
      'pending',
      'completed',
    ]);
    expect(done).toMatchObject({
      videos: [{ type: 'url', mediaType: 'video/mp4' }],
      providerMetadata: {
        alibaba: { usage: { duration: 2, outputVideoDuration: 2, resolution: 720, ratio: '9:16' } },
      },
    });
    const [video] = done.status === 'completed' ? done.videos : [];
    const download = await fetch(video?.type === 'url' ? video.url : '');
    expect(Buffer.from(await download.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'dashscope', model: 'wan2.7-t2v', prompt: 'a paper boat' },
    ]);
  });

  it.each<[string, Partial<Options>, object]>([
    [
      'wan2.5-t2v-preview',
      { resolution: '832x480', duration: 10, generateAudio: false },
      { duration: 10, resolution: 480, size: '832*480' },
    ],
    [
      'wan2.6-t2v',
      {
        resolution: '1920x1080',
        duration: 15,
        providerOptions: {
          alibaba: {
            shotType: 'multi',
            promptExtend: true,
            negativePrompt: 'rain',
            watermark: false,
          },
        },
      },
      { duration: 15, resolution: 1080, size: '1920*1080' },
    ],
    [
      'wan2.6-i2v',
      { image: PICTURE, resolution: '1280x720', duration: 2 },
      { duration: 2, resolution: 720 },
    ],
    [
      'wan2.6-r2v',
      { inputReferences: [PICTURE, FILM], resolution: '1280x720' },
      { duration: 8, resolution: 720 },
    ],
    // This client still sends a frame of 2.7 in the older field.
    ['wan2.7-i2v', { image: PICTURE, duration: 3 }, { duration: 3 }],
    [
      'wan2.7-r2v',
      { inputReferences: [PICTURE, FILM], frameImages: [first], duration: 5 },
      { duration: 8, inputVideoDuration: 3 },
    ],
    [
      'wan3.0-video',
      {
        frameImages: [first, last],
        resolution: '832x480',
        aspectRatio: '16:9',
        generateAudio: true,
      },
      { duration: 5, resolution: 480, fps: 24, ratio: '16:9' },
    ],
    ['wan3.0-video', { inputReferences: [DATA], duration: 30 }, { duration: 30 }],
  ])('gets of %s with %o what it asked for', async (name, more, usage) => {
    const sandbox = await startSandbox();
    const film = filmsOf(sandbox, name);

    const { operation, warnings } = await film.start(order(more));
    const done = await film.look({ operation });

    expect(warnings).toEqual([]);
    expect(done).toMatchObject({
      status: 'completed',
      providerMetadata: { alibaba: { usage } },
    });
  });

  it('reads why a film failed', async () => {
    const sandbox = await startSandbox();
    const film = filmsOf(sandbox, 'wan2.6-t2v');
    const { operation } = await film.start(order({ prompt: 'x [[fault:moderated]]' }));

    expect(await film.look({ operation })).toMatchObject({
      status: 'error',
      error: expect.stringContaining('inappropriate content'),
    });
  });

  it.each<[string, string, Partial<Options>, number, RegExp]>([
    ['a key that is wrong', 'wrong', {}, 401, /Invalid API-key/],
    ['a length', 'key', { duration: 16 }, 400, /parameters\.duration/],
    [
      'a medium of another model',
      'key',
      { providerOptions: { alibaba: { media: [{ type: 'reference_audio', url: FILM.url }] } } },
      400,
      /media/,
    ],
    ['too much at once', 'key', { prompt: 'x [[fault:error-429]]' }, 429, /rate limit/],
  ])('is refused for %s, in words that it shows', async (_, key, more, status, message) => {
    const sandbox = await startSandbox();
    const film = filmsOf(sandbox, 'wan2.7-r2v', key);
    const references = { inputReferences: [PICTURE] };

    await expect(film.start(order({ ...references, ...more }))).rejects.toMatchObject({
      statusCode: status,
      message: expect.stringMatching(message),
    });
    expect(await sandbox.submits()).toEqual([]);
  });

  it('is told of a task that is not there by a status, and goes on asking', async () => {
    const sandbox = await startSandbox();
    const film = filmsOf(sandbox, 'wan2.7-t2v');

    expect(await film.look({ operation: { taskId: 'nothing' } })).toMatchObject({
      status: 'pending',
    });
  });
});
