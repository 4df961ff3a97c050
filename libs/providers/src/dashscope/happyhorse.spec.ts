import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../provider.js';
import { type ErrorCase, providerErrorOf } from '../testing/failure.js';
import { ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import { validateInput } from '../validate-input.js';
import { dashscope } from './dashscope.provider.js';
import { happyhorseModels } from './dashscope.models.js';
import { checkHappyhorse } from './happyhorse.js';
import created from './fixtures/task-created.json' with { type: 'json' };
import failed from './fixtures/task-failed.json' with { type: 'json' };
import succeeded from './fixtures/task-succeeded.json' with { type: 'json' };
import throttled from './fixtures/throttled.json' with { type: 'json' };

const [model] = happyhorseModels as [(typeof happyhorseModels)[0]];
const DEFAULTS = { resolution: '1080P', ratio: '16:9', duration: 5, watermark: false };
const BODY = {
  model: 'happyhorse-1.0-t2v',
  input: { prompt: 'a paper boat' },
  parameters: DEFAULTS,
};

describe('prepare', () => {
  it.each<[string, JsonObject, JsonObject, number]>([
    ['says every default, the missing watermark too', {}, {}, 1_200_000_000],
    ['aspect_ratio is ratio', { aspect_ratio: '4:3' }, { ratio: '4:3' }, 1_200_000_000],
    ['resolution in capitals', { resolution: '720p' }, { resolution: '720P' }, 700_000_000],
    ['duration', { duration: 15 }, { duration: 15 }, 3_600_000_000],
    ['seed', { seed: 0 }, { seed: 0 }, 1_200_000_000],
    ['watermark', { watermark: true }, { watermark: true }, 1_200_000_000],
  ])('%s', (_, input, expected, costNanoUsd) => {
    const whole = { prompt: 'a paper boat', ...input };

    const prepared = dashscope.prepare(whole, model);

    expect(validateInput(model, whole)).toEqual([]);
    expect(prepared).toEqual({
      ok: true,
      request: { ...BODY, parameters: { ...DEFAULTS, ...expected } },
      estimate: { unit: 'second', quantity: input['duration'] ?? 5, costNanoUsd },
    });
  });

  it('takes what the vendor takes whole and refuses a prompt that it would cut', () => {
    expect(dashscope.prepare({ prompt: '船'.repeat(2500) }, model)).toMatchObject({ ok: true });
    expect(dashscope.prepare({ prompt: '船'.repeat(2501) }, model)).toEqual({
      ok: false,
      issues: [{ path: 'input.prompt', message: expect.stringContaining('5002') }],
    });
  });
});

describe('a task', () => {
  let vendor: ReplayServer;
  const { task_id: taskId } = created.body.output;
  const handle = { taskId, resolution: '1080P', duration: 5 };
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(async () => await vendor.close());
  const check = async () => await checkHappyhorse(handle, vendor.context());

  it('is submitted with the header that makes it one', async () => {
    vendor.answer(created);

    const submitted = await dashscope.submit(BODY, vendor.context());

    expect(vendor.requests).toHaveLength(1);
    expect(vendor.requests[0]).toMatchObject({
      method: 'POST',
      path: '/services/aigc/video-generation/video-synthesis',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'x-dashscope-async': 'enable' },
    });
    expect(vendor.requests[0]?.body).toEqual(BODY);
    expect(submitted).toEqual({ state: 'accepted', handle, vendorId: taskId });
  });

  it.each<ErrorCase>([
    { name: 'throttled', answer: throttled, verdict: { accepted: 'no', retryable: true } },
    {
      name: 'no task id',
      answer: { body: { output: {} } },
      verdict: { accepted: 'unknown', retryable: true },
    },
    {
      name: 'server error',
      answer: { status: 500, body: '' },
      verdict: { accepted: 'unknown', retryable: true },
    },
  ])('is judged when the submit fails: $name', async ({ answer, verdict }) => {
    vendor.answer(answer);

    expect(await providerErrorOf(dashscope.submit(BODY, vendor.context()))).toMatchObject(verdict);
  });

  it('ends in a link that lives a day, charged by the seconds and lines that were made', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_790_000_000_000 });
    vendor.answer(succeeded);

    const checked = await check();

    expect(vendor.requests[0]).toMatchObject({ method: 'GET', path: `/tasks/${taskId}` });
    expect(checked).toEqual({
      state: 'done',
      outputs: [
        { from: 'url', url: succeeded.body.output.video_url, expiresAt: 1_790_086_400_000 },
      ],
      usage: { unit: 'second', quantity: 5, costNanoUsd: 700_000_000 },
    });
  });

  it.each(['PENDING', 'RUNNING', 'SUSPENDED', 'UNKNOWN', 'SOMETHING_NEW'])(
    'counts %s as running',
    async (status) => {
      vendor.answer({ body: { output: { task_id: taskId, task_status: status } } });

      expect(await check()).toEqual({ state: 'running' });
    },
  );

  it('fails with the moderation when that was the reason', async () => {
    vendor.answer(failed);

    expect(await check()).toEqual({
      state: 'failed',
      code: 'CONTENT_REJECTED',
      message: 'DashScope: Output data may contain inappropriate content.',
      providerCode: 'DataInspectionFailed',
      retryable: false,
    });
  });

  it.each([
    ['InternalError.Timeout', true],
    ['InvalidParameter', false],
  ])('says whether another try may help after %s', async (code, retryable) => {
    vendor.answer({ body: { output: { task_status: 'FAILED', code, message: 'told' } } });

    expect(await check()).toMatchObject({ state: 'failed', code: 'TASK_FAILED', retryable });
  });

  it('fails when somebody canceled it at the vendor', async () => {
    vendor.answer({ body: { output: { task_status: 'CANCELED' } } });

    expect(await check()).toMatchObject({ state: 'failed', code: 'TASK_FAILED' });
  });

  it.each([
    ['throttled', throttled, true],
    ['server error', { status: 502, body: '<html>' }, true],
    ['a page instead of JSON', { body: '<html>' }, true],
    ['success without a film', { body: { output: { task_status: 'SUCCEEDED' } } }, true],
    ['a cut connection', { hangUp: true }, true],
    ['wrong key', { status: 401, body: { code: 'InvalidApiKey' } }, false],
  ])('can be asked again after: %s', async (_, answer, retryable) => {
    vendor.answer(answer);

    expect(await providerErrorOf(check())).toMatchObject({ retryable });
  });
});
