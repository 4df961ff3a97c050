import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { type ErrorCase, providerErrorOf } from '../testing/failure.js';
import { ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import { validateInput } from '../validate-input.js';
import { fluxModels } from './bfl.models.js';
import { bfl } from './bfl.provider.js';
import created from './fixtures/created.json' with { type: 'json' };
import invalid from './fixtures/invalid.json' with { type: 'json' };
import moderated from './fixtures/moderated.json' with { type: 'json' };
import ready from './fixtures/ready.json' with { type: 'json' };

function modelOf(id: string): Model {
  const model = fluxModels.find((known) => known.id === id);
  if (!model) throw new Error(`No model ${id}`);
  return model;
}
const [pro, max] = [modelOf('flux-2-pro'), modelOf('flux-2-max')];
const DEFAULTS = {
  prompt: 'a cat',
  width: 1024,
  height: 1024,
  output_format: 'jpeg',
  safety_tolerance: 2,
};
const REQUEST = { model: 'flux-2-pro', body: DEFAULTS };

const handleAt = (pollingUrl: string) => ({
  id: created.body.id,
  pollingUrl,
  costNanoUsd: 30_000_000,
});

describe('prepare', () => {
  it.each<[string, JsonObject, JsonObject, number]>([
    ['says every default', {}, {}, 30_000_000],
    ['16:9 is exact', { aspect_ratio: '16:9' }, { width: 1280, height: 720 }, 30_000_000],
    ['9:21 is exact', { aspect_ratio: '9:21' }, { width: 624, height: 1456 }, 30_000_000],
    ['2K', { resolution: '2K' }, { width: 2048, height: 2048 }, 75_000_000],
    [
      '16:9 at 2K',
      { aspect_ratio: '16:9', resolution: '2K' },
      { width: 2560, height: 1440 },
      75_000_000,
    ],
    ['size goes through', { size: '1664x928' }, { width: 1664, height: 928 }, 45_000_000],
    ['seed', { seed: 7 }, { seed: 7 }, 30_000_000],
    ['output_format', { output_format: 'png' }, { output_format: 'png' }, 30_000_000],
    ['safety is safety_tolerance', { safety: 0 }, { safety_tolerance: 0 }, 30_000_000],
  ])('%s', (_, input, expected, costNanoUsd) => {
    const whole = { prompt: 'a cat', ...input };

    const prepared = bfl.prepare(whole, pro);

    expect(validateInput(pro, whole)).toEqual([]);
    expect(prepared).toEqual({
      ok: true,
      request: { model: 'flux-2-pro', body: { ...DEFAULTS, ...expected } },
      estimate: { unit: 'image', quantity: 1, costNanoUsd },
    });
  });

  it('prices each model by its own row', () => {
    expect(bfl.prepare({ prompt: 'a cat', resolution: '2K' }, max)).toMatchObject({
      request: { model: 'flux-2-max' },
      estimate: { costNanoUsd: 160_000_000 },
    });
  });

  it.each<[string, JsonObject, RegExp]>([
    ['an edge off the grid', { size: '1000x1000' }, /multiples of 16/],
    ['too many pixels', { size: '2064x2048' }, /4194304/],
    ['too short an edge', { size: '48x1024' }, /at least 64/],
    ['size beside resolution', { size: '1024x1024', resolution: '1K' }, /resolution/],
  ])('refuses %s', (_, input, message) => {
    expect(bfl.prepare({ prompt: 'a cat', ...input }, pro)).toEqual({
      ok: false,
      issues: [{ path: 'input.size', message: expect.stringMatching(message) }],
    });
  });

  it('refuses by schema what it cannot express, with what it takes', () => {
    const issues = validateInput(pro, {
      prompt: 'a cat',
      resolution: '4K',
      aspect_ratio: '7:5',
      n: 11,
    });

    expect(issues.map(({ path }) => path).toSorted()).toEqual([
      'input.aspect_ratio',
      'input.n',
      'input.resolution',
    ]);
  });
});

describe('a job', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(async () => await vendor.close());
  const context = () => vendor.context({ baseUrl: `${vendor.origin}/v1` });
  const submit = async () => await bfl.submit(REQUEST, context());
  const check = async (pollingUrl = `${vendor.origin}/v1/get_result?id=1`) =>
    await bfl.check?.(handleAt(pollingUrl), context());

  it('is submitted to the path of its model, with the key in the header the vendor wants', async () => {
    vendor.answer(created);

    const submitted = await submit();

    expect(vendor.requests).toHaveLength(1);
    expect(vendor.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/flux-2-pro',
      headers: { 'x-key': TEST_KEY },
    });
    expect(vendor.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(vendor.requests[0]?.body).toEqual(DEFAULTS);
    const { id, polling_url: pollingUrl } = created.body;
    expect(submitted).toEqual({
      state: 'accepted',
      handle: { id, pollingUrl, costNanoUsd: 45_000_000 },
      vendorId: id,
    });
  });

  it('falls back to the general address and the price table where the answer lacks them', async () => {
    vendor.answer({ body: { id: 'a b', cost: null } });

    expect(await submit()).toMatchObject({
      handle: { pollingUrl: `${vendor.origin}/v1/get_result?id=a%20b`, costNanoUsd: 30_000_000 },
    });
  });

  it('is asked for at its own address, with the key where that is the configured origin', async () => {
    vendor.answer({ body: { status: 'Pending' } });

    await check(`${vendor.origin}/elsewhere?id=1`);

    expect(vendor.requests[0]).toMatchObject({
      method: 'GET',
      path: '/elsewhere?id=1',
      headers: { 'x-key': TEST_KEY },
    });
  });

  it('is never asked for on a foreign host, neither now nor when a handle names one', async () => {
    const foreign = await ReplayServer.start();
    const pollingUrl = `${foreign.origin}/get_result?id=1`;
    vendor.answer({ body: { ...created.body, polling_url: pollingUrl } });
    vendor.answer({ body: { status: 'Pending' } });

    const submitted = await submit();
    const checked = await check(pollingUrl);

    const general = `/v1/get_result?id=${created.body.id}`;
    expect(submitted).toMatchObject({ handle: { pollingUrl: `${vendor.origin}${general}` } });
    expect(checked).toEqual({ state: 'running' });
    expect(vendor.requests[1]?.path).toBe(general);
    expect(foreign.requests).toEqual([]);
    await foreign.close();
  });

  it('ends in a link that lives ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_790_000_000_000 });
    vendor.answer(ready);

    expect(await check()).toEqual({
      state: 'done',
      outputs: [{ from: 'url', url: ready.body.result.sample, expiresAt: 1_790_000_600_000 }],
      usage: { unit: 'image', quantity: 1, costNanoUsd: 30_000_000 },
    });
  });

  it('never costs nothing', async () => {
    vendor.answer({ body: { ...ready.body, cost: 0 } });

    expect(await check()).toMatchObject({ usage: { costNanoUsd: 30_000_000 } });
  });

  it('costs what the result settles, where it does', async () => {
    vendor.answer({ body: { ...ready.body, cost: 6 } });

    expect(await check()).toMatchObject({ usage: { costNanoUsd: 60_000_000 } });
  });

  it.each(['Pending', 'Reasoning', 'Generating', 'Something new'])(
    'counts %s as running',
    async (status) => {
      vendor.answer({ body: { status, progress: 0.42 } });

      expect(await check()).toEqual({ state: 'running', progress: 42 });
    },
  );

  it.each([
    ['Request Moderated', 'CONTENT_REJECTED', false],
    ['Content Moderated', 'CONTENT_REJECTED', false],
    ['Error', 'TASK_FAILED', true],
    ['Failed', 'TASK_FAILED', true],
  ])('fails on %s', async (status, code, retryable) => {
    vendor.answer({ body: { ...moderated.body, status } });

    expect(await check()).toMatchObject({ state: 'failed', code, retryable });
  });

  it.each([
    ['a status', { body: { id: '1', status: 'Task not found' } }],
    ['a 404', { status: 404, body: { id: '1', status: 'Task not found' } }],
    ['a sentence', { status: 404, body: { detail: 'Task not found' } }],
  ])('is not found by %s: only a lasting one is given up', async (_, answer) => {
    vendor.answer(answer);

    expect(await providerErrorOf(check())).toMatchObject({ status: 404, retryable: true });
  });

  it.each([
    ['throttled', { status: 429, body: {} }, true],
    ['server error', { status: 503, body: '' }, true],
    ['a page instead of JSON', { body: '<html>' }, true],
    ['Ready without a picture', { body: { status: 'Ready', result: null } }, true],
    ['a cut connection', { hangUp: true }, true],
    ['key refused', { status: 403, body: { detail: 'Not authenticated' } }, false],
  ])('can be asked for again after: %s', async (_, answer, retryable) => {
    vendor.answer(answer);

    expect(await providerErrorOf(check())).toMatchObject({ retryable });
  });

  const account = { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' } as const;
  const unknown = { accepted: 'unknown', retryable: true } as const;
  it.each<ErrorCase>([
    {
      name: 'too many active jobs',
      answer: { status: 429, headers: { 'retry-after': '5' }, body: { detail: 'Rate limit' } },
      verdict: { accepted: 'no', retryable: true, retryAfterMs: 5000 },
    },
    {
      name: 'the wait in the body',
      answer: { status: 429, body: { error: 'rate_limited', retry_after: 7 } },
      verdict: {
        accepted: 'no',
        retryable: true,
        retryAfterMs: 7000,
        providerCode: 'rate_limited',
      },
    },
    {
      name: 'no key',
      answer: { status: 403, body: { detail: 'Not authenticated' } },
      verdict: account,
    },
    {
      name: 'a malformed key',
      answer: { status: 422, body: { detail: 'Invalid API key format' } },
      verdict: account,
    },
    {
      name: 'no credits',
      answer: { status: 402, body: { detail: 'Insufficient credits' } },
      verdict: account,
    },
    {
      name: 'no such model',
      answer: { status: 404, body: { detail: 'Not Found' } },
      verdict: account,
    },
    {
      name: 'a bad field',
      answer: invalid,
      verdict: { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' },
    },
    { name: 'server error', answer: { status: 500, body: {} }, verdict: unknown },
    { name: 'a page instead of JSON', answer: { body: '<html>' }, verdict: unknown },
    { name: 'no id', answer: { body: { polling_url: 'https://api.bfl.ai/' } }, verdict: unknown },
    { name: 'a cut connection', answer: { hangUp: true }, verdict: unknown },
  ])('is judged when the submit fails: $name', async ({ answer, verdict }) => {
    vendor.answer(answer);

    expect(await providerErrorOf(submit())).toMatchObject(verdict);
  });

  it('names the field that the vendor finds wrong', async () => {
    vendor.answer(invalid);

    expect((await providerErrorOf(submit())).message).toContain('body.width Input should be');
  });
});
