import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LostSubmit, Recovered, RivalSubmit } from '../provider.js';
import { providerErrorOf } from '../testing/failure.js';
import { type ReplayAnswer, ReplayServer } from '../testing/replay-server.js';
import { dashscope } from './dashscope.provider.js';
import listed from './fixtures/task-list.json' with { type: 'json' };
import throttled from './fixtures/throttled.json' with { type: 'json' };

const STARTED = 1_790_000_000_000;
const SOON = STARTED + 10_000;
/** The call may last a minute, and the list may lag half of one. */
const OVER = STARTED + 90_000;

const REQUEST = {
  model: 'happyhorse-1.0-t2v',
  input: { prompt: 'a paper boat' },
  parameters: { resolution: '720P', ratio: '16:9', duration: 5, watermark: false },
};
const lostSubmit = (owned: readonly string[] = []): LostSubmit => ({
  attemptId: 'at-1',
  request: REQUEST,
  vendorModel: 'happyhorse-1.0-t2v',
  startedAt: STARTED,
  owned: async (ids) => ids.filter((id) => owned.includes(id)),
  rivals: async () => [],
});

const [line] = listed.body.data as [(typeof listed.body.data)[0]];
const list = (...tasks: readonly (readonly [id: string, createdAt: number])[]): ReplayAnswer => ({
  body: {
    ...listed.body,
    data: tasks.map(([task_id, gmt_create]) => ({ ...line, task_id, gmt_create })),
  },
});
const running: ReplayAnswer = { body: { output: { task_status: 'RUNNING' } } };
const succeeded = (orig_prompt: string, duration = 5): ReplayAnswer => ({
  body: { output: { task_status: 'SUCCEEDED', orig_prompt }, usage: { duration } },
});
const pictureOf = (orig_prompt: string): ReplayAnswer => ({
  body: { output: { task_status: 'SUCCEEDED', results: [{ orig_prompt, url: 'https://x' }] } },
});
const ours = succeeded('a paper boat');
const job = (taskId: string): Recovered => ({
  found: 'job',
  handle: {
    taskId,
    model: 'happyhorse-1.0-t2v',
    resolution: '720P',
    duration: 5,
    prompt: 'a paper boat',
  },
  vendorId: taskId,
});

describe('recover', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(async () => await vendor.close());
  const recoverAt = async (now: number, lost = lostSubmit()) => {
    vi.useFakeTimers({ toFake: ['Date'], now });
    return await dashscope.recover?.(lost, vendor.context());
  };

  it('asks for the tasks of that model, without times, whose zone nobody knows', async () => {
    vendor.answer(list());

    await recoverAt(SOON);

    expect(vendor.requests).toMatchObject([
      { method: 'GET', path: '/tasks/?model_name=happyhorse-1.0-t2v&page_no=1&page_size=100' },
    ]);
  });

  const a = ['a', STARTED + 1000] as const;
  const b = ['b', STARTED + 2000] as const;
  it.each<[string, number, readonly ReplayAnswer[], Recovered]>([
    ['nothing so far', SOON, [list()], { found: 'unclear' }],
    ['nothing when the window is over', OVER, [list()], { found: 'absent' }],
    ['nothing just before that', OVER - 1, [list()], { found: 'unclear' }],
    ['one that shows the prompt', SOON, [list(a), ours], job('a')],
    ['one that still runs', SOON, [list(a), running], { found: 'unclear' }],
    ['one that still runs when the window is over', OVER, [list(a), running], job('a')],
    [
      'two that still run when the window is over',
      OVER,
      [list(b, a), running, running],
      { found: 'unclear' },
    ],
    ['the right one of two', SOON, [list(b, a), succeeded('a kite'), ours], job('b')],
    ['two with that prompt', OVER, [list(b, a), ours, ours], { found: 'unclear' }],
    ['another prompt', OVER, [list(a), succeeded('a kite')], { found: 'absent' }],
    ['another duration', OVER, [list(a), succeeded('a paper boat', 10)], { found: 'absent' }],
    ['one made long before', OVER, [list(['old', STARTED - 61_000])], { found: 'absent' }],
    ['one made by a clock that is behind', SOON, [list(['a', STARTED - 59_000]), ours], job('a')],
    [
      'one made long after',
      OVER + 600_000,
      [list(['new', STARTED + 121_000])],
      { found: 'absent' },
    ],
  ])('%s', async (_, now, answers, expected) => {
    vendor.answer(...answers);

    expect(await recoverAt(now)).toEqual(expected);
  });

  const alike = { request: REQUEST, startedAt: STARTED + 500 };
  const other = { ...REQUEST, input: { prompt: 'a kite' } };
  it.each<[string, RivalSubmit, ReplayAnswer, Recovered]>([
    ['that shows the words of both', alike, ours, { found: 'unclear' }],
    ['that shows no words', { ...alike, request: other }, running, { found: 'unclear' }],
    ['that shows the words of one', { ...alike, request: other }, ours, job('a')],
    ['made before the other was sent', { ...alike, startedAt: OVER }, running, job('a')],
    [
      'of another model than the other',
      { ...alike, request: { ...REQUEST, model: 'happyhorse-1.0-i2v' } },
      ours,
      job('a'),
    ],
  ])('beside another submit without an answer, one %s', async (_, rival, look, expected) => {
    vendor.answer(list(a), look);
    const lost = { ...lostSubmit(), rivals: async () => [rival] };

    expect(await recoverAt(OVER, lost)).toEqual(expected);
  });

  it('takes a film of another length for its own where a film went in', async () => {
    const media = [{ type: 'reference_video', url: 'https://example.com/a.mp4' }];
    const request = { ...REQUEST, input: { ...REQUEST.input, media } };
    vendor.answer(list(a), succeeded('a paper boat', 11));

    expect(await recoverAt(SOON, { ...lostSubmit(), request })).toMatchObject({ found: 'job' });
  });

  it('finds a picture by the prompt that its results show', async () => {
    const request = { model: 'qwen-image-plus', input: { prompt: 'a cat' }, parameters: {} };
    vendor.answer(list(b, a), pictureOf('a dog'), pictureOf('a cat'));

    expect(await recoverAt(SOON, { ...lostSubmit(), request })).toMatchObject({
      found: 'job',
      handle: { taskId: 'b', model: 'qwen-image-plus', prompt: 'a cat' },
    });
    expect(vendor.requests[0]?.path).toContain('model_name=qwen-image-plus');
  });

  it('leaves the tasks of other attempts alone', async () => {
    vendor.answer(list(b, a));

    expect(await recoverAt(OVER, lostSubmit(['a', 'b']))).toEqual({ found: 'absent' });
    expect(vendor.requests).toHaveLength(1);
  });

  const page = (total_page: number, ...tasks: readonly (readonly [string, number])[]) => ({
    body: { ...(list(...tasks).body as object), total_page },
  });

  it('reads on while a page ends within the window', async () => {
    vendor.answer(page(3, b), page(3, a, ['old', STARTED - 100_000]), ours, running);

    expect(await recoverAt(SOON)).toEqual(job('a'));
    expect(vendor.requests[1]?.path).toContain('page_no=2');
  });

  it('never says absent of a list that it could not read to its end', async () => {
    vendor.answer(...Array.from({ length: 20 }, () => page(99, ['new', STARTED + 500_000])));

    expect(await recoverAt(OVER)).toEqual({ found: 'unclear' });
    expect(vendor.requests).toHaveLength(20);
  });

  it.each<[string, ReplayAnswer]>([
    ['a throttled list', throttled],
    ['a list that is none', { body: { request_id: 'x' } }],
    ['a line without a time', { body: { ...listed.body, data: [{ task_id: 'a' }] } }],
    ['a page instead of JSON', { body: '<html>' }],
    ['a broken vendor', { status: 502, body: '' }],
  ])('can be asked again after %s', async (_, answer) => {
    vendor.answer(answer);

    expect(await providerErrorOf(Promise.resolve(recoverAt(OVER)))).toMatchObject({
      retryable: true,
    });
  });

  it('never hands out the film of another after a find without proof', async () => {
    vendor.answer(list(a), running, succeeded('a kite'));

    const found = await recoverAt(OVER);
    const handle = found?.found === 'job' ? found.handle : {};

    expect(await dashscope.check?.(handle, vendor.context())).toMatchObject({
      state: 'failed',
      code: 'TASK_FAILED',
      retryable: true,
    });
  });
});

describe('cancel', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const cancel = async () => await dashscope.cancel?.({ taskId: 'a/b' }, vendor.context());

  it('stops what still waits', async () => {
    vendor.answer({ body: { request_id: '45ac7f13' } });

    expect(await cancel()).toBe('stopped');
    expect(vendor.requests).toMatchObject([{ method: 'POST', path: '/tasks/a%2Fb/cancel' }]);
  });

  it('comes too late for anything else', async () => {
    vendor.answer({
      status: 400,
      body: { code: 'UnsupportedOperation', message: 'Failed to cancel the task', request_id: 'x' },
    });

    expect(await cancel()).toBe('too-late');
  });

  it.each<[string, ReplayAnswer, boolean]>([
    ['throttled', throttled, true],
    ['broken', { status: 500, body: '' }, true],
    ['a cut connection', { hangUp: true }, true],
    ['wrong key', { status: 401, body: { code: 'InvalidApiKey' } }, false],
  ])('is an error when nobody can tell: %s', async (_, answer, retryable) => {
    vendor.answer(answer);

    expect(await providerErrorOf(Promise.resolve(cancel()))).toMatchObject({ retryable });
  });
});
