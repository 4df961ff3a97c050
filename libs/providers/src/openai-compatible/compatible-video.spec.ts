import { axiosThroughDoor, GuardedDoor, PUBLIC_ONLY } from '@app/outbound';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { providerErrorOf } from '../testing/failure.js';
import { ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import completed from './fixtures/video-completed.json' with { type: 'json' };
import queued from './fixtures/video-queued.json' with { type: 'json' };
import { openaiCompatible } from './openai-compatible.provider.js';

const FILM = 'the bytes of a film';

describe('a film of an OpenAI-compatible upstream', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const context = () => vendor.context({ baseUrl: `${vendor.origin}/v1` });
  const check = async (handle = { id: 'video_1', seconds: '8' }) =>
    await openaiCompatible.check?.(handle, context());

  it('is ordered by a form, as the clients of OpenAI do it', async () => {
    vendor.answer(queued);
    const video = {
      model: 'sora-2',
      prompt: 'a boat',
      seconds: '4',
      extra: { loop: true, tags: ['a', 'b'] },
      input_reference: 'data:image/webp;base64,AAAA',
    };

    const submitted = await openaiCompatible.submit({ video }, context());

    expect(submitted).toEqual({
      state: 'accepted',
      handle: { id: queued.body.id, seconds: '4' },
      vendorId: queued.body.id,
    });
    const [request] = vendor.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/v1/videos',
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    const names = [...String(request?.body).matchAll(/ name="([^"]+)"/g)].map(([, name]) => name);
    expect(names).toEqual([
      'model',
      'prompt',
      'seconds',
      'extra[loop]',
      'extra[tags][]',
      'extra[tags][]',
      'input_reference',
    ]);
    expect(String(request?.body)).toContain('filename="input_reference-1.webp"');
  });

  it('is fetched with the key as soon as it is there, and counted in the seconds that are told', async () => {
    vendor.answer(completed, { body: FILM });

    expect(await check()).toEqual({
      state: 'done',
      outputs: [{ from: 'bytes', bytes: Buffer.from(FILM) }],
      usage: { unit: 'second', quantity: 4, costNanoUsd: null },
    });
    expect(vendor.requests.map(({ path }) => path)).toEqual([
      '/v1/videos/video_1',
      '/v1/videos/video_1/content',
    ]);
    expect(vendor.requests[1]?.headers).toMatchObject({ authorization: `Bearer ${TEST_KEY}` });
  });

  it('is counted by what was ordered when nothing is told', async () => {
    vendor.answer({ body: { id: 'video_1', status: 'succeeded' } }, { body: FILM });

    expect(await check()).toMatchObject({ usage: { quantity: 8 } });
  });

  it('may lie at a storage that the upstream sends on to', async () => {
    const location = 'https://storage.example.com/film.mp4?signature=x';
    vendor.answer(completed, { status: 302, headers: { location }, body: '' });

    expect(await check()).toMatchObject({ outputs: [{ from: 'url', url: location }] });
  });

  it('is the end of the job where it is longer than the gateway takes: it always will be', async () => {
    const door = new GuardedDoor({ tenants: PUBLIC_ONLY });
    const http = axiosThroughDoor(door, {
      addressClass: { kind: 'vendor-answer', trustedBaseUrl: vendor.origin },
      timeouts: { connectMs: 1000, headersMs: 1000, idleMs: 1000, totalMs: 5000 },
    });
    http.interceptors.request.use((config) =>
      config.door?.maxBytes === undefined ? config : { ...config, door: { maxBytes: 3 } },
    );
    vendor.answer(completed, { body: FILM });

    const checked = await openaiCompatible.check?.({ id: 'video_1' }, { ...context(), http });

    expect(checked).toMatchObject({ state: 'failed', code: 'TASK_FAILED', retryable: false });
    await door.close();
  });

  it.each([
    [{ status: 404, body: { error: { message: 'no content yet' } } }],
    [{ status: 403, body: { error: { message: 'Files [file_1] are not accessible' } } }],
    [{ status: 500, body: '<html>' }],
    [{ status: 302, body: '' }],
    [{ body: '' }],
    [{ hangUp: true }],
  ])('that cannot be fetched is no end of the job: %j', async (answer) => {
    vendor.answer(completed, answer);

    const error = await providerErrorOf(Promise.resolve(check()));

    expect(error.message).not.toContain(TEST_KEY);
  });

  it.each([
    [42, { progress: 42 }],
    [-1, {}],
    [200, {}],
    ['half', {}],
  ])('tells progress %j only when it is one', async (progress, expected) => {
    vendor.answer({ body: { ...queued.body, status: 'in_progress', progress } });

    expect(await check()).toEqual({ state: 'running', ...expected });
  });

  it('has an id that never leaves its place in the path', async () => {
    vendor.answer(queued);

    await check({ id: '../files/a?b#c', seconds: '4' });

    expect(vendor.requests[0]?.path).toBe('/v1/videos/..%2Ffiles%2Fa%3Fb%23c');
  });
});
