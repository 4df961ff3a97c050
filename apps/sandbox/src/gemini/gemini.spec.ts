import { imageSize } from 'image-size';
import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';
import { pictureSize } from './generated-picture.js';

const KEY = { 'x-goog-api-key': 'key' };
const MODELS = '/gemini/v1beta/models';
const PICTURE = `${MODELS}/gemini-3-pro-image:generateContent`;
const VEO = `${MODELS}/veo-3.1-generate-preview:predictLongRunning`;
const TWO_DAYS_MS = 48 * 3_600_000;

const draw = (prompt: string, imageConfig: object = {}): object => ({
  contents: [{ role: 'user', parts: [{ text: prompt }] }],
  generationConfig: { responseModalities: ['IMAGE'], imageConfig },
});
const film = (prompt: string, parameters: object = {}): object => ({
  instances: [{ prompt }],
  parameters: { sampleCount: 1, durationSeconds: 4, ...parameters },
});

interface Drawn {
  candidates?: {
    content: { parts?: { inlineData: { data: string } }[] };
    finishReason: string;
  }[];
  usageMetadata?: object;
}

describe('pictures of the Gemini stand-in', () => {
  it('come with the answer, in the shape and class asked for', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PICTURE, draw('a cat', { aspectRatio: '1:1' }), KEY);

    const { candidates, usageMetadata } = (await response.json()) as Drawn;
    const data = candidates?.[0]?.content.parts?.[0]?.inlineData.data ?? '';
    expect(imageSize(Buffer.from(data, 'base64'))).toEqual({
      type: 'png',
      width: 1024,
      height: 1024,
    });
    expect(usageMetadata).toMatchObject({ promptTokenCount: 2, candidatesTokenCount: 1120 });
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'gemini', model: 'gemini-3-pro-image', prompt: 'a cat' },
    ]);
  });

  it.each([
    ['16:9', '1K', { width: 1368, height: 768 }],
    ['1:1', '512', { width: 512, height: 512 }],
    ['21:9', '2K', { width: 3128, height: 1344 }],
  ] as const)('measure %s at %s', (ratio, size, expected) => {
    expect(pictureSize(ratio, size)).toEqual(expected);
  });

  it.each([
    ['moderated', 'IMAGE_SAFETY'],
    ['fail', 'IMAGE_OTHER'],
  ])('show %s as %s, without a picture', async (fault, finishReason) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PICTURE, draw(`x [[fault:${fault}]]`), KEY);

    const { candidates } = (await response.json()) as Drawn;
    expect(response.status).toBe(200);
    expect(candidates).toMatchObject([{ finishReason }]);
    expect(candidates?.[0]?.content.parts).toBeUndefined();
  });

  it.each<[string, string, object, number, string]>([
    ['a class it lacks', PICTURE, draw('x', { imageSize: '512' }), 400, 'INVALID_ARGUMENT'],
    ['a shape it lacks', PICTURE, draw('x', { aspectRatio: '1:8' }), 400, 'INVALID_ARGUMENT'],
    ['an unknown name', PICTURE, { ...draw('x'), n: 2 }, 400, 'INVALID_ARGUMENT'],
    [
      'a model that is gone',
      `${MODELS}/gemini-2.5-flash-image:generateContent`,
      draw('x'),
      404,
      'NOT_FOUND',
    ],
    [
      'a film from a picture model',
      `${MODELS}/gemini-3-pro-image:predictLongRunning`,
      film('x'),
      404,
      'NOT_FOUND',
    ],
  ])('refuse %s', async (_, path, body, status, word) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(path, body, KEY);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: status, status: word } });
    expect(await sandbox.submits()).toEqual([]);
  });

  it('refuse a wrong key with the reason, and ask to wait in the body', async () => {
    const sandbox = await startSandbox();

    const wrong = await sandbox.post(PICTURE, draw('x'), { 'x-goog-api-key': 'wrong' });
    const busy = await sandbox.post(PICTURE, draw('x [[fault:error-429-retry-after]]'), KEY);

    expect(await wrong.json()).toMatchObject({
      error: { code: 400, details: [{ reason: 'API_KEY_INVALID' }] },
    });
    expect(await busy.json()).toMatchObject({
      error: { code: 429, details: [{ retryDelay: '1s' }] },
    });
  });
});

interface Operation {
  name: string;
  done?: boolean;
  error?: { code: number };
  response?: {
    generateVideoResponse: {
      generatedSamples?: { video: { uri: string } }[];
      raiMediaFilteredCount?: number;
    };
  };
}

async function submit(sandbox: TestSandbox, body: object): Promise<string> {
  return ((await (await sandbox.post(VEO, body, KEY)).json()) as Operation).name;
}
const look = async (sandbox: TestSandbox, name: string): Promise<Operation> => {
  const response = await fetch(`${sandbox.url}/gemini/v1beta/${name}`, { headers: KEY });
  return (await response.json()) as Operation;
};
const urisOf = (operation: Operation): readonly string[] =>
  (operation.response?.generateVideoResponse.generatedSamples ?? []).map(({ video }) => video.uri);

describe('the legacy surface of the Gemini stand-in', () => {
  it('has no done until there are files, which last two days', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const name = await submit(sandbox, film('a fox', { sampleCount: 2 }));

    const running = await look(sandbox, name);
    sandbox.pass(1000);
    const uris = urisOf(await look(sandbox, name));
    const [inTime] = await Promise.all(uris.map(async (uri) => await fetch(uri, { headers: KEY })));
    sandbox.pass(TWO_DAYS_MS);
    const late = await fetch(uris[0] ?? '', { headers: KEY });

    expect(running).toEqual({ name });
    expect(uris).toHaveLength(2);
    expect(late.status).toBe(404);
    expect(inTime?.status).toBe(403); // fetch sends the key along to the storage, which refuses it
  });

  it('tells what a file is', async () => {
    const sandbox = await startSandbox();
    const [uri = ''] = urisOf(await look(sandbox, await submit(sandbox, film('a fox'))));

    const response = await fetch(uri.replace(':download?alt=media', ''), { headers: KEY });

    expect(await response.json()).toMatchObject({
      state: 'ACTIVE',
      mimeType: 'video/mp4',
      downloadUri: uri,
    });
  });

  it('shows a filtered and a failed operation, and a file that is gone', async () => {
    const sandbox = await startSandbox();

    const [filtered, failed, gone] = [
      await look(sandbox, await submit(sandbox, film('x [[fault:moderated]]'))),
      await look(sandbox, await submit(sandbox, film('x [[fault:fail]]'))),
      await look(sandbox, await submit(sandbox, film('x [[fault:expired-url]]'))),
    ];

    const [uri = ''] = urisOf(gone);
    expect(filtered.response?.generateVideoResponse).toMatchObject({ raiMediaFilteredCount: 1 });
    expect(failed.error?.code).toBe(13);
    expect((await fetch(uri, { headers: KEY })).status).toBe(404);
  });

  it.each<[string, object]>([
    ['a seed', film('x', { seed: 1 })],
    ['sound of choice', film('x', { generateAudio: false })],
    ['four seconds at 1080p', film('x', { resolution: '1080p' })],
    ['a last frame alone', { instances: [{ prompt: 'x', lastFrame: {} }] }],
    ['a fault that nothing could show', film('x [[fault:regress]]')],
  ])('refuses %s', async (_, body) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(VEO, body, KEY);

    expect(response.status).toBe(400);
    expect(await sandbox.submits()).toEqual([]);
  });
});
