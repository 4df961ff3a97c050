import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const API = '/dashscope/api/v1';
const VIDEO = `${API}/services/aigc/video-generation/video-synthesis`;
const FRAMES = `${API}/services/aigc/image2video/video-synthesis`;
const KEY = { authorization: 'Bearer key' };
const ASYNC = { ...KEY, 'x-dashscope-async': 'enable' };
const PICTURE = 'https://example.com/a.png';
const FILM = 'https://example.com/a.mp4';
const SOUND = 'https://example.com/a.mp3';

interface Order {
  readonly model: string;
  readonly input?: object;
  readonly parameters?: object;
}
interface Task {
  readonly output: { readonly task_id: string; readonly task_status: string };
  readonly usage?: object;
}

const order = async (sandbox: TestSandbox, body: Order, path = VIDEO): Promise<Response> =>
  await sandbox.post(path, { input: {}, ...body }, ASYNC);

async function usageOf(body: Order, path?: string): Promise<object | undefined> {
  const sandbox = await startSandbox();
  const { output } = (await (await order(sandbox, body, path)).json()) as Task;
  const poll = await fetch(`${sandbox.url}${API}/tasks/${output.task_id}`, { headers: KEY });
  return ((await poll.json()) as Task).usage;
}

const media = (...types: readonly string[]): object => ({
  prompt: 'x',
  media: types.map((type) => ({ type, url: addressOf(type) })),
});
const references = (count: number): readonly string[] =>
  Array.from({ length: count }, () => 'reference_image');
const addressOf = (type: string): string =>
  type.endsWith('_image') || type.endsWith('_frame') ? PICTURE : FILM;

describe('films of the DashScope stand-in', () => {
  it.each<[Order, object]>([
    [
      { model: 'wan2.2-t2v-plus', input: { prompt: 'x' }, parameters: { size: '832*480' } },
      { video_count: 1, video_duration: 5, video_ratio: '832*480' },
    ],
    [
      { model: 'wan2.5-t2v-preview', input: { prompt: 'x' }, parameters: { size: '1280*720' } },
      { duration: 5, video_count: 1, SR: 720, size: '1280*720' },
    ],
    [
      { model: 'wan2.5-i2v-preview', input: { img_url: PICTURE }, parameters: { duration: 10 } },
      { duration: 10, video_count: 1, SR: 1080 },
    ],
    [
      { model: 'wan2.6-r2v', input: { prompt: 'x', reference_urls: [PICTURE, FILM] } },
      { duration: 8, input_video_duration: 3, output_video_duration: 5, SR: 1080 },
    ],
    [
      { model: 'wan2.7-t2v', input: { prompt: 'x' }, parameters: { duration: 2, ratio: '1:1' } },
      { duration: 2, input_video_duration: 0, output_video_duration: 2, SR: 1080, ratio: '1:1' },
    ],
    [
      { model: 'wan2.7-videoedit', input: media('video') },
      { duration: 6, input_video_duration: 3, output_video_duration: 3 },
    ],
    [
      { model: 'wan3.0-video', input: { prompt: 'x' }, parameters: { resolution: '480P' } },
      { duration: 5, SR: 480, fps: 24 },
    ],
    [
      { model: 'happyhorse-1.0-video-edit', input: media('video', 'reference_image') },
      { duration: 6, input_video_duration: 3, output_video_duration: 3 },
    ],
  ])('%o is charged by %o', async (body, usage) => {
    expect(await usageOf(body)).toMatchObject(usage);
  });

  it('between two frames have an address of their own', async () => {
    const sandbox = await startSandbox();
    const body = {
      model: 'wan2.2-kf2v-flash',
      input: { first_frame_url: PICTURE, last_frame_url: PICTURE },
    };

    const wrong = await order(sandbox, body);

    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({
      code: 'InvalidParameter',
      message: 'url error, please check url!',
    });
    expect(await usageOf(body, FRAMES)).toMatchObject({ video_duration: 5, SR: 1080 });
    expect(
      (await order(sandbox, { model: 'wan2.7-t2v', input: { prompt: 'x' } }, FRAMES)).status,
    ).toBe(400);
  });

  it('are taken with what the SDK for Python sends beside, and with null for nothing', async () => {
    const input = {
      prompt: null,
      extend_prompt: true,
      function: 'video-synthesis',
      img_url: PICTURE,
    };
    const body = { model: 'wan2.6-i2v', input, parameters: { is_async: true } };

    expect((await order(await startSandbox(), body)).status).toBe(200);
  });

  it('show no prompt where none was given', async () => {
    const sandbox = await startSandbox();
    const body = { model: 'wan2.6-i2v', input: { img_url: PICTURE } };
    const { output } = (await (await order(sandbox, body)).json()) as Task;
    const poll = await fetch(`${sandbox.url}${API}/tasks/${output.task_id}`, { headers: KEY });

    expect(await poll.json()).not.toHaveProperty('output.orig_prompt');
  });

  it.each<[string, Order]>([
    [
      'a class where a measure is wanted',
      { model: 'wan2.5-t2v-preview', input: { prompt: 'x' }, parameters: { resolution: '720P' } },
    ],
    [
      'a measure that there is not',
      { model: 'wan2.6-t2v', input: { prompt: 'x' }, parameters: { size: '832*480' } },
    ],
    [
      'a measure where a class is wanted',
      { model: 'wan2.6-i2v', input: { img_url: PICTURE }, parameters: { size: '1280*720' } },
    ],
    [
      'seven seconds of 2.5',
      { model: 'wan2.5-t2v-preview', input: { prompt: 'x' }, parameters: { duration: 7 } },
    ],
    ['no frame', { model: 'wan2.6-i2v', input: { prompt: 'x' } }],
    ['a frame that is no address', { model: 'wan2.6-i2v', input: { img_url: 'AAAA' } }],
    [
      'a prompt that would be cut',
      { model: 'wan2.2-t2v-plus', input: { prompt: 'x'.repeat(801) } },
    ],
    [
      'several shots without elaboration',
      {
        model: 'wan2.6-t2v',
        input: { prompt: 'x' },
        parameters: { shot_type: 'multi', prompt_extend: false },
      },
    ],
    [
      'six references',
      { model: 'wan2.6-r2v', input: { prompt: 'x', reference_urls: Array(6).fill(PICTURE) } },
    ],
    [
      'four films',
      { model: 'wan2.6-r2v', input: { prompt: 'x', reference_urls: Array(4).fill(FILM) } },
    ],
    [
      'a film as data',
      {
        model: 'wan2.7-videoedit',
        input: { media: [{ type: 'video', url: 'data:video/mp4;base64,AAAA' }] },
      },
    ],
    [
      'a switch for sound in 2.7',
      { model: 'wan2.7-t2v', input: { prompt: 'x' }, parameters: { audio: false } },
    ],
    [
      'a ratio beside a frame',
      { model: 'wan2.7-i2v', input: media('first_frame'), parameters: { ratio: '1:1' } },
    ],
    ['a last frame alone', { model: 'wan2.7-i2v', input: media('last_frame') }],
    [
      'a medium of another mode',
      { model: 'wan2.7-i2v', input: media('first_frame', 'reference_image') },
    ],
    ['six references of 2.7', { model: 'wan2.7-r2v', input: media(...references(6)) }],
    [
      'eleven seconds with a film',
      { model: 'wan2.7-r2v', input: media('reference_video'), parameters: { duration: 11 } },
    ],
    [
      'a frame beside references',
      { model: 'wan3.0-video', input: media('first_frame', 'reference_image') },
    ],
    ['two first frames', { model: 'wan3.0-video', input: media('first_frame', 'first_frame') }],
    [
      'a mark of 3.0',
      { model: 'wan3.0-video', input: { prompt: 'x' }, parameters: { watermark: false } },
    ],
    ['ten references', { model: 'happyhorse-1.0-r2v', input: media(...references(10)) }],
    ['two films', { model: 'happyhorse-1.0-video-edit', input: media('video', 'video') }],
    [
      'a length of a changed film',
      { model: 'happyhorse-1.0-video-edit', input: media('video'), parameters: { duration: 5 } },
    ],
    [
      'a medium without an address',
      { model: 'happyhorse-1.0-i2v', input: { media: [{ type: 'first_frame' }] } },
    ],
    [
      'one of several missing of one',
      { model: 'wan2.7-t2v', input: { prompt: 'x [[fault:moderated-part]]' } },
    ],
    ['a model of pictures', { model: 'qwen-image-plus', input: { prompt: 'x' } }],
  ])('are refused for %s', async (_, body) => {
    const sandbox = await startSandbox();

    const response = await order(sandbox, body);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'InvalidParameter' });
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each(['wan2.4-t2v', 'happyhorse-1.1-video-edit', 'wan2.5-r2v'])(
    'are not known of %s',
    async (model) => {
      const sandbox = await startSandbox();

      expect((await order(sandbox, { model, input: { prompt: 'x' } })).status).toBe(404);
    },
  );

  it.each<[Order]>([
    [{ model: 'wan2.6-t2v', input: { prompt: 'x', audio_url: SOUND, extend_prompt: true } }],
    [{ model: 'wan2.7-i2v', input: media('first_clip', 'last_frame') }],
    [
      {
        model: 'wan2.7-i2v',
        input: {
          media: [
            { type: 'first_frame', url: 'data:image/png;base64,AAAA' },
            { type: 'driving_audio', url: SOUND },
          ],
        },
      },
    ],
    [{ model: 'wan2.7-r2v', input: media('reference_image', 'reference_video', 'first_frame') }],
    [
      {
        model: 'wan3.0-video-prime',
        input: media('reference_image', 'reference_video'),
        parameters: { seed: -1, duration: 30, ratio: 'adaptive' },
      },
    ],
  ])('are taken: %o', async (body) => {
    expect((await order(await startSandbox(), body)).status).toBe(200);
  });
});
