import { describe, expect, it } from 'vitest';
import { startReceiver } from '../testing/start-receiver.js';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const TASKS = '/ark/api/v3/contents/generations/tasks';
const PICTURES = '/ark/api/v3/images/generations';
const A = 'https://example.com/a.png';
const KEY = { authorization: 'Bearer key' };
const HOUR = 3_600_000;

const words = (text = 'a lighthouse in a storm') => ({ type: 'text', text });
const still = (role: string, url = A) => ({ type: 'image_url', image_url: { url }, role });
const film = (role = 'reference_video') => ({ type: 'video_url', video_url: { url: A }, role });
const sound = () => ({ type: 'audio_url', audio_url: { url: A }, role: 'reference_audio' });

const body = (fields: object = {}) => ({
  model: 'dreamina-seedance-2-0-260128',
  content: [words()],
  ...fields,
});

interface Task {
  readonly id: string;
  readonly status: string;
  readonly content?: { readonly video_url: string; readonly last_frame_url?: string } | null;
  readonly error: { readonly code: string } | null;
  readonly usage?: { readonly completion_tokens: number };
}

async function create(sandbox: TestSandbox, fields: object = {}): Promise<string> {
  const response = await sandbox.post(TASKS, body(fields));
  expect(response.status).toBe(200);
  return ((await response.json()) as { id: string }).id;
}

async function look(sandbox: TestSandbox, id: string): Promise<Task> {
  const response = await fetch(`${sandbox.url}${TASKS}/${id}`, { headers: KEY });
  return (await response.json()) as Task;
}

const remove = async (sandbox: TestSandbox, id: string) =>
  await fetch(`${sandbox.url}${TASKS}/${id}`, { method: 'DELETE', headers: KEY });

describe('a film', () => {
  it('waits, runs, succeeds, and can be downloaded without a key for a day', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const id = await create(sandbox);
    expect(id).toMatch(/^cgt-\d{14}-[0-9a-z]+$/);
    const seen = [];
    for (const wait of [0, 300, 700]) {
      sandbox.pass(wait);
      seen.push((await look(sandbox, id)).status);
    }
    expect(seen).toEqual(['queued', 'running', 'succeeded']);
    const { content, usage } = await look(sandbox, id);
    expect(usage).toEqual({ completion_tokens: 108_900, total_tokens: 108_900 });

    const url = content?.video_url ?? '';
    const downloaded = await fetch(url);
    expect(downloaded.headers.get('content-type')).toBe('video/mp4');
    expect((await fetch(url, { headers: KEY })).status).toBe(403);

    sandbox.pass(25 * HOUR);
    expect((await fetch(url)).status).toBe(403);
    expect(await look(sandbox, id)).toMatchObject({ status: 'succeeded', content: null });
    sandbox.pass(7 * 24 * HOUR);
    expect(await look(sandbox, id)).toMatchObject({ error: { code: 'ResourceNotFound' } });
  });

  it('of Seedance 2.5 can be fetched a hundred times', async () => {
    const sandbox = await startSandbox();
    const id = await create(sandbox, { model: 'dreamina-seedance-2-5-260628' });
    const url = (await look(sandbox, id)).content?.video_url ?? '';
    const statuses = new Set<number>();
    for (let count = 0; count < 100; count += 1) statuses.add((await fetch(url)).status);

    expect([...statuses]).toEqual([200]);
    expect((await fetch(url)).status).toBe(403);
  });

  it('is canceled while it waits, cannot be while it runs, and loses its record when it is over', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const [first, second] = [await create(sandbox), await create(sandbox)];

    expect((await remove(sandbox, first)).status).toBe(200);
    expect(await look(sandbox, first)).toMatchObject({ status: 'cancelled' });
    sandbox.pass(500);
    expect((await remove(sandbox, second)).status).toBe(403);
    sandbox.pass(500);
    expect((await remove(sandbox, second)).status).toBe(200);
    expect(await look(sandbox, second)).toMatchObject({ error: { code: 'ResourceNotFound' } });
  });

  it('expires when it is not made in the time it was given', async () => {
    const sandbox = await startSandbox();
    const id = await create(sandbox, {
      content: [words('a boat [[delay:7200s]]')],
      execution_expires_after: 3600,
    });
    sandbox.pass(HOUR);

    expect(await look(sandbox, id)).toMatchObject({ status: 'expired' });
  });

  it('fails late for what the vendor only finds wrong late', async () => {
    const sandbox = await startSandbox();
    const id = await create(sandbox, {
      model: 'dreamina-seedance-2-5-260628',
      content: [words(), still('first_frame')],
      ratio: '16:9',
    });

    expect(await look(sandbox, id)).toMatchObject({
      status: 'failed',
      error: { code: 'InvalidParameter' },
    });
  });

  it.each([
    ['moderated', { status: 'failed', error: { code: 'OutputVideoSensitiveContentDetected' } }],
    ['fail', { status: 'failed', error: { code: 'InternalServiceError' } }],
    ['regress', { status: 'running' }],
    ['unknown-status', { status: 'warming_up' }],
  ])('shows %s', async (fault, expected) => {
    const sandbox = await startSandbox();
    const id = await create(sandbox, { content: [words(`a boat [[fault:${fault}]]`)] });

    expect(await look(sandbox, id)).toMatchObject(expected);
  });

  it('has its last frame when that was asked for', async () => {
    const sandbox = await startSandbox();
    const id = await create(sandbox, { return_last_frame: true });
    const { content } = await look(sandbox, id);

    const frame = await fetch(content?.last_frame_url ?? '');
    expect(frame.headers.get('content-type')).toBe('image/png');
  });

  it('is set by commands in the prompt, but only on the old models', async () => {
    const sandbox = await startSandbox();
    const content = [words('a boat --rs 480p --dur 10')];
    const old = await create(sandbox, { model: 'seedance-1-0-pro-250528', content });
    const later = await create(sandbox, { content });

    expect(await look(sandbox, old)).toMatchObject({ resolution: '480p', duration: 10 });
    expect(await look(sandbox, later)).toMatchObject({ resolution: '720p', duration: 5 });
  });

  it('calls back at every change of status, with what a look shows', async () => {
    const sandbox = await startSandbox({ delayMs: 200 });
    const { url, calls } = await startReceiver(4, [500, 200, 200, 200]);
    const id = await create(sandbox, {
      content: [words('a boat [[fault:duplicate-hook]]')],
      callback_url: url,
    });

    const bodies = (await calls).map((call) => JSON.parse(call.body) as Task);
    expect(bodies.every((told) => told.id === id)).toBe(true);
    expect(bodies.map(({ status }) => status).toSorted()).toEqual([
      'queued',
      'running',
      'succeeded',
      'succeeded',
    ]);
  });
});

describe('the list', () => {
  it('has filters and pages, newest first', async () => {
    const sandbox = await startSandbox();
    const first = await create(sandbox);
    sandbox.pass(1000);
    const second = await create(sandbox, { model: 'seedance-1-5-pro-251215' });
    const list = async (query: string) => {
      const response = await fetch(`${sandbox.url}${TASKS}?${query}`, { headers: KEY });
      const { items, total } = (await response.json()) as { items: Task[]; total: number };
      return { ids: items?.map(({ id }) => id), total };
    };

    expect(await list('')).toEqual({ ids: [second, first], total: 2 });
    expect(await list('page_num=2&page_size=1')).toEqual({ ids: [first], total: 2 });
    expect(await list('filter.model=seedance-1-5-pro-251215')).toMatchObject({ ids: [second] });
    expect(await list('filter.status=queued')).toMatchObject({ total: 0 });
    expect(await list(`filter.task_ids=${first}&filter.task_ids=${second}`)).toMatchObject({
      total: 2,
    });
    expect(await list('page_size=501')).toEqual({ ids: undefined, total: undefined });
  });
});

describe('what is refused', () => {
  it.each<[string, object, string]>([
    ['a model that is not there', { model: 'seedance-9' }, 'InvalidEndpointOrModel.NotFound'],
    [
      "another platform's name",
      { model: 'seedance-2-0-260128' },
      'InvalidEndpointOrModel.NotFound',
    ],
    ['no content', { content: [] }, 'MissingParameter'],
    ['a field that is not known', { n: 2 }, 'InvalidParameter'],
    ['a duration out of range', { duration: 16 }, 'InvalidParameter'],
    ['a seed', { seed: 7 }, 'InvalidParameter'],
    ['flex', { service_tier: 'flex' }, 'InvalidParameter'],
    ['a last frame alone', { content: [words(), still('last_frame')] }, 'InvalidParameter'],
    [
      'frames with references',
      { content: [words(), still('first_frame'), still('reference_image')] },
      'InvalidParameter',
    ],
    ['too many films', { content: [words(), film(), film(), film(), film()] }, 'InvalidParameter'],
    ['sound alone', { content: [words(), sound()] }, 'InvalidParameter'],
    [
      'a film as a data URL',
      {
        content: [
          words(),
          {
            type: 'video_url',
            video_url: { url: 'data:video/mp4;base64,AA==' },
            role: 'reference_video',
          },
        ],
      },
      'InvalidParameter',
    ],
    [
      'adaptive without a picture on 1.0',
      { model: 'seedance-1-0-pro-250528', ratio: 'adaptive' },
      'InvalidParameter',
    ],
    [
      'a picture model without a picture',
      { model: 'seedance-1-0-lite-i2v-250428' },
      'MissingParameter',
    ],
    ['a direction that is misspelled', { content: [words('[[fault:x]]')] }, 'InvalidParameter'],
  ])('%s', async (_, fields, code) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(TASKS, body(fields));

    expect(response.ok).toBe(false);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(await sandbox.submits()).toEqual([]);
  });

  it('a key that is missing or wrong', async () => {
    const sandbox = await startSandbox();
    for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
      const response = await sandbox.post(TASKS, body(), headers);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { code: 'AuthenticationError' } });
    }
  });

  it.each([
    ['error-429', 429, 'ModelAccountRpmRateLimitExceeded'],
    ['error-500', 500, 'InternalServiceError'],
  ])('what %s directs', async (fault, status, code) => {
    const sandbox = await startSandbox();
    const content = [words(`a boat [[fault:${fault}:1]]`)];

    const response = await sandbox.post(TASKS, body({ content }));

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(await sandbox.submits()).toEqual([]);
    expect((await sandbox.post(TASKS, body({ content }))).status).toBe(200);
  });
});

const picture = (fields: object = {}) => ({
  model: 'dola-seedream-5-0-pro-260628',
  prompt: 'a boat',
  ...fields,
});

describe('pictures', () => {
  it('come in the answer, as links that live a day', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PICTURES, picture({ size: '1536x1536' }));

    const { data, usage } = (await response.json()) as { data: { url: string }[]; usage: object };
    expect(data).toMatchObject([{ size: '1536x1536' }]);
    expect(usage).toEqual({ generated_images: 1, output_tokens: 9216, total_tokens: 9216 });
    const url = data[0]?.url ?? '';
    expect((await fetch(url)).headers.get('content-type')).toBe('image/jpeg');
    sandbox.pass(25 * HOUR);
    expect((await fetch(url)).status).toBe(403);
  });

  it('of a group may be refused one by one', async () => {
    const sandbox = await startSandbox();
    const group = {
      model: 'seedream-4-0-250828',
      prompt: 'four boats [[fault:moderated]]',
      sequential_image_generation: 'auto',
      sequential_image_generation_options: { max_images: 2 },
    };

    const response = await sandbox.post(PICTURES, picture(group));

    expect(await response.json()).toMatchObject({
      data: [
        { url: expect.any(String) },
        { error: { code: 'OutputImageSensitiveContentDetected' } },
      ],
      usage: { generated_images: 1 },
    });
  });

  it.each<[string, object, string]>([
    ['a class it lacks', { size: '4K' }, 'InvalidParameter'],
    ['too few pixels', { size: '800x800' }, 'InvalidParameter'],
    ['too long a shape', { size: '4900x300' }, 'InvalidParameter'],
    ['too many pictures', { image: Array(11).fill(A) }, 'InvalidParameter'],
    ['n', { n: 2 }, 'InvalidParameter'],
    ['no prompt', { prompt: '' }, 'MissingParameter'],
    [
      'a model without its brand',
      { model: 'seedream-5-0-pro-260628' },
      'InvalidEndpointOrModel.NotFound',
    ],
    ['what is moderated', { prompt: '[[fault:moderated]]' }, 'OutputImageSensitiveContentDetected'],
  ])('are refused for %s', async (_, fields, code) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PICTURES, picture(fields));

    expect(await response.json()).toMatchObject({ error: { code } });
    expect(await sandbox.submits()).toEqual([]);
  });
});
