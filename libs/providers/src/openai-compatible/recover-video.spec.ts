import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../provider.js';
import { providerErrorOf } from '../testing/failure.js';
import { type ReplayAnswer, ReplayServer } from '../testing/replay-server.js';
import fixture from './fixtures/video-list.json' with { type: 'json' };
import { openaiCompatible } from './openai-compatible.provider.js';

/** When the submit was sent; the jobs of the fixture were made around it. */
const STARTED_AT = 1_790_000_005_000;
const MINUTE = 60_000;
const [line] = fixture.body.data;
if (!line) throw new Error('an empty fixture');

const page = (data: readonly object[], hasMore = false): ReplayAnswer => ({
  body: { object: 'list', data, has_more: hasMore },
});

describe('a submit of a film whose answer was lost', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => {
    vendor.reset();
    vi.useFakeTimers({ toFake: ['Date'], now: STARTED_AT + 1000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(async () => await vendor.close());

  const recover = async (owned: readonly string[] = [], rivals: readonly JsonObject[] = []) =>
    await openaiCompatible.recover?.(
      {
        attemptId: 'at-1',
        request: { video: { model: 'sora-2', prompt: 'a paper boat', seconds: '4' } },
        vendorModel: 'sora-2',
        startedAt: STARTED_AT,
        owned: (ids) => Promise.resolve(ids.filter((id) => owned.includes(id))),
        rivals: async () =>
          rivals.map((video) => ({ request: { video }, startedAt: STARTED_AT + 1 })),
      },
      vendor.context({ baseUrl: `${vendor.origin}/v1` }),
    );

  it('is found by its prompt, length and time, with what it is checked by', async () => {
    vendor.answer(fixture);

    expect(await recover()).toEqual({
      found: 'job',
      handle: { id: 'video_3', seconds: '4' },
      vendorId: 'video_3',
    });
    expect(vendor.requests[0]?.path).toBe('/v1/videos?order=desc&limit=100');
  });

  it.each<[string, readonly object[], readonly string[]]>([
    ["another attempt's", [line], ['video_3']],
    ['of another prompt', [{ ...line, prompt: 'a paper boat ' }], []],
    ['of another length', [{ ...line, seconds: '8' }], []],
    ['made long before', [{ ...line, created_at: 1_789_999_900 }], []],
    ['made long after', [{ ...line, created_at: 1_790_000_200 }], []],
  ])('is not one that is %s', async (_, data, owned) => {
    vendor.answer(page(data), page(data));

    expect(await recover(owned)).toEqual({ found: 'unclear' });
    vi.setSystemTime(STARTED_AT + 10 * MINUTE);
    expect(await recover(owned)).toEqual({ found: 'absent' });
  });

  it.each<[string, readonly ReplayAnswer[]]>([
    ['two fit', [page([line, { ...line, id: 'video_4' }])]],
    ['the prompt is not told', [page([{ ...line, prompt: null }])]],
    ['there is no list', [{ status: 404, body: {} }]],
    [
      'the list never ends',
      Array.from({ length: 10 }, () => page([{ ...line, prompt: 'x' }], true)),
    ],
  ])('stays unclear when %s', async (_, answers) => {
    vi.setSystemTime(STARTED_AT + 10 * MINUTE);
    vendor.answer(...answers);

    expect(await recover()).toEqual({ found: 'unclear' });
  });

  it('is not taken while another submit of the same words has no answer', async () => {
    const alike = { model: 'sora-2', prompt: 'a paper boat', seconds: '4' };
    vendor.answer(fixture, fixture);

    expect(await recover([], [alike])).toEqual({ found: 'unclear' });
    expect(await recover([], [{ ...alike, prompt: 'a kite' }])).toMatchObject({ found: 'job' });
  });

  it('is looked for on further pages, until they are older', async () => {
    const other = { ...line, id: 'video_9', prompt: 'x', created_at: 1_790_000_020 };
    vendor.answer(page([other], true), page([line, { ...line, id: 'o', created_at: 1 }], true));

    expect(await recover()).toMatchObject({ found: 'job', vendorId: 'video_3' });
    expect(vendor.requests[1]?.path).toBe('/v1/videos?order=desc&limit=100&after=video_9');
  });

  it.each<ReplayAnswer>([
    { status: 429, body: {} },
    { status: 500, body: {} },
    { body: {} },
    { body: { data: [{ id: 'video_1' }] } },
    { hangUp: true },
  ])('is looked for again after %j', async (answer) => {
    vendor.answer(answer);

    expect(await providerErrorOf(Promise.resolve(recover()))).toMatchObject({ retryable: true });
  });
});
