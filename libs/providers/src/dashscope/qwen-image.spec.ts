import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { type ErrorCase, providerErrorOf } from '../testing/failure.js';
import { ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import { validateInput } from '../validate-input.js';
import { dashscope } from './dashscope.provider.js';
import { qwenImageModels } from './qwen-image.models.js';
import pictures from './fixtures/qwen-image.json' with { type: 'json' };
import throttled from './fixtures/throttled.json' with { type: 'json' };

function modelOf(id: string): Model {
  const model = qwenImageModels.find((one) => one.id === id);
  if (!model) throw new Error(`no ${id}`);
  return model;
}
const model = modelOf('qwen-image-2-0');
const DEFAULTS = { size: '1328*1328', n: 1, prompt_extend: true, watermark: false };
const messages = [{ role: 'user', content: [{ text: 'a cat' }] }];
const BODY = { model: 'qwen-image-2.0', input: { messages }, parameters: DEFAULTS };

const coded = (status: number, code: string) => ({ status, body: { code, message: 'told' } });

describe('prepare', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['says every default', {}, {}],
    ['16:9 is the size the vendor recommends', { aspect_ratio: '16:9' }, { size: '1664*928' }],
    ['9:16', { aspect_ratio: '9:16' }, { size: '928*1664' }],
    ['4:3', { aspect_ratio: '4:3' }, { size: '1472*1104' }],
    ['3:4', { aspect_ratio: '3:4' }, { size: '1104*1472' }],
    ['16:9 at 2K', { aspect_ratio: '16:9', resolution: '2K' }, { size: '2688*1536' }],
    ['a resolution alone is square', { resolution: '2K' }, { size: '2048*2048' }],
    ['size with an asterisk', { size: '1536x1024' }, { size: '1536*1024' }],
    ['n', { n: 6 }, { n: 6 }],
    ['negative_prompt', { negative_prompt: 'blurry' }, { negative_prompt: 'blurry' }],
    ['seed', { seed: 7 }, { seed: 7 }],
    ['prompt_extend', { prompt_extend: false }, { prompt_extend: false }],
    ['watermark', { watermark: true }, { watermark: true }],
  ])('%s', (_, input, expected) => {
    const whole = { prompt: 'a cat', ...input };

    const prepared = dashscope.prepare(whole, model);

    expect(validateInput(model, whole)).toEqual([]);
    expect(prepared).toEqual({
      ok: true,
      request: { ...BODY, parameters: { ...DEFAULTS, ...expected } },
      estimate: { unit: 'image', quantity: input['n'] ?? 1, costNanoUsd: null },
    });
  });

  it.each<[string, JsonObject, RegExp]>([
    ['a size the vendor would round', { size: '1000x1000' }, /multiples of 16/],
    ['too many pixels', { size: '2064x2048' }, /4194304/],
    ['too few pixels', { size: '256x256' }, /262144/],
    ['size beside aspect_ratio', { size: '1024x1024', aspect_ratio: '1:1' }, /aspect_ratio/],
  ])('refuses %s', (_, input, message) => {
    expect(dashscope.prepare({ prompt: 'a cat', ...input }, model)).toEqual({
      ok: false,
      issues: [{ path: 'input.size', message: expect.stringMatching(message) }],
    });
  });
});

const PICTURE = 'https://example.com/a.png';
const KEPT = 'input:01JD';
const prepare = (id: string, input: JsonObject) => {
  const whole = { prompt: 'a cat', ...input };
  expect(validateInput(modelOf(id), whole)).toEqual([]);
  return dashscope.prepare(whole, modelOf(id));
};

describe('pictures to work from', () => {
  it('come before the text, and give the result their shape unless another is asked for', () => {
    expect(prepare('qwen-image-2-0-pro', { image_urls: [PICTURE, KEPT] })).toEqual({
      ok: true,
      request: {
        model: 'qwen-image-2.0-pro',
        input: {
          messages: [
            { role: 'user', content: [{ image: null }, { image: null }, { text: 'a cat' }] },
          ],
        },
        parameters: { n: 1, prompt_extend: true, watermark: false },
      },
      estimate: { unit: 'image', quantity: 1, costNanoUsd: null },
      media: [
        {
          at: '/input/messages/0/content/0/image',
          field: 'input.image_urls.0',
          source: PICTURE,
          kind: 'image',
          as: 'data-url',
          maxBytes: 10_000_000,
          accepts: ['image/jpeg', 'image/png', 'image/webp', 'image/bmp'],
        },
        expect.objectContaining({ at: '/input/messages/0/content/1/image', source: KEPT }),
      ],
    });
    expect(
      prepare('qwen-image-2-0', { image_urls: [PICTURE], aspect_ratio: '16:9' }),
    ).toMatchObject({ request: { parameters: { size: '1664*928' } } });
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['qwen-image-edit', {}, { n: 1, watermark: false }],
    ['qwen-image-edit-plus', { n: 6 }, { n: 6, prompt_extend: true, watermark: false }],
    [
      'qwen-image-edit-max',
      { size: '1024x2048' },
      { size: '1024*2048', n: 1, prompt_extend: true, watermark: false },
    ],
  ])('are what %s is for', (id, input, parameters) => {
    expect(prepare(id, { image_urls: [PICTURE], ...input })).toMatchObject({
      request: { parameters },
    });
    expect(validateInput(modelOf(id), { prompt: 'a cat' })).toMatchObject([
      { path: 'input.image_urls' },
    ]);
  });

  it.each<[string, JsonObject, string]>([
    ['qwen-image-2-0', { image_urls: Array(4).fill(PICTURE) }, 'input.image_urls'],
    ['qwen-image-2-1-pro', { image_urls: Array(11).fill(PICTURE) }, 'input.image_urls'],
    ['qwen-image-max', { image_urls: [PICTURE] }, 'input.image_urls'],
    ['qwen-image-edit', { image_urls: [PICTURE], size: '1024x1024' }, 'input.size'],
    ['qwen-image-plus', { size: '1024x1024' }, 'input.size'],
    ['qwen-image-plus', { size: '1328x1328', aspect_ratio: '1:1' }, 'input.size'],
    ['qwen-image-3-0', { size: '1024x1024', resolution: '1K' }, 'input.size'],
  ])('%s refuses %o', (id, input, path) => {
    expect(validateInput(modelOf(id), { prompt: 'a cat', ...input })).toMatchObject([{ path }]);
  });
});

describe('a picture that is a task', () => {
  it('has its prompts beside each other and one of the listed sizes', () => {
    expect(prepare('qwen-image-plus', { negative_prompt: 'blurry', size: '928x1664' })).toEqual({
      ok: true,
      request: {
        model: 'qwen-image-plus',
        input: { prompt: 'a cat', negative_prompt: 'blurry' },
        parameters: { size: '928*1664', n: 1, prompt_extend: true, watermark: false },
      },
      estimate: { unit: 'image', quantity: 1, costNanoUsd: 30_000_000 },
    });
  });

  it('is asked for one at a time, however many are wanted', () => {
    for (const id of ['qwen-image', 'qwen-image-plus', 'qwen-image-max']) {
      expect(modelOf(id).perCall).toBe(1);
      expect(prepare(id, { n: 4 })).toMatchObject({ request: { parameters: { n: 1 } } });
    }
  });
});

describe('the price of a picture', () => {
  it.each<[string, JsonObject, number | null]>([
    ['qwen-image', {}, 35_000_000],
    ['qwen-image-max', {}, 75_000_000],
    ['qwen-image-3-0', { n: 2 }, 60_000_000],
    ['qwen-image-3-0', { image_urls: [PICTURE, PICTURE] }, 36_000_000],
    ['qwen-image-3-0-pro', { size: '1024x1024' }, 40_000_000],
    ['qwen-image-3-0-pro', { resolution: '2K' }, 75_000_000],
    ['qwen-image-3-0-pro', {}, null],
    ['qwen-image-2-0', {}, null],
  ])('of %s with %o', (id, input, costNanoUsd) => {
    expect(prepare(id, input)).toMatchObject({ estimate: { costNanoUsd } });
  });
});

describe('submit', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(async () => await vendor.close());
  const submit = async () => await dashscope.submit(BODY, vendor.context());

  it('makes one synchronous call and collects the pictures of all choices', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_790_000_000_000 });
    vendor.answer(pictures);

    const submitted = await submit();

    expect(vendor.requests).toHaveLength(1);
    expect(vendor.requests[0]).toMatchObject({
      method: 'POST',
      path: '/services/aigc/multimodal-generation/generation',
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    expect(vendor.requests[0]?.headers).not.toHaveProperty('x-dashscope-async');
    expect(vendor.requests[0]?.body).toEqual(BODY);
    const expiresAt = 1_790_086_400_000;
    expect(submitted).toEqual({
      state: 'done',
      outputs: pictures.body.output.choices.map((choice) => ({
        from: 'url',
        url: choice.message.content[0]?.image,
        expiresAt,
      })),
      usage: { unit: 'image', quantity: 2, costNanoUsd: null },
    });
  });

  it('says how many did not come, and charges what the vendor counts', async () => {
    const body = { ...BODY, model: 'qwen-image-3.0', parameters: { ...DEFAULTS, n: 4 } };
    vendor.answer(pictures);

    expect(await dashscope.submit(body, vendor.context())).toMatchObject({
      outputs: [{}, {}],
      usage: { quantity: 2, costNanoUsd: 60_000_000 },
      failures: [{ code: 'TASK_FAILED' }, { code: 'TASK_FAILED' }],
    });
  });

  const account = { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' } as const;
  const content = { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' } as const;
  const unknown = { accepted: 'unknown', retryable: true } as const;
  it.each<ErrorCase>([
    {
      name: 'throttled',
      answer: throttled,
      verdict: { accepted: 'no', retryable: true, providerCode: 'Throttling.RateQuota' },
    },
    {
      name: 'throttled, with a wait',
      answer: { ...throttled, headers: { 'retry-after': '3' } },
      verdict: { accepted: 'no', retryable: true, retryAfterMs: 3000 },
    },
    { name: 'overdue bill', answer: coded(429, 'PostpaidBillOverdue'), verdict: account },
    { name: 'account in arrears', answer: coded(400, 'Arrearage'), verdict: account },
    { name: 'wrong key', answer: coded(401, 'InvalidApiKey'), verdict: account },
    { name: 'no access', answer: coded(403, 'AccessDenied.Unpurchased'), verdict: account },
    { name: 'no such model', answer: coded(404, 'ModelNotFound'), verdict: account },
    { name: 'moderated', answer: coded(400, 'DataInspectionFailed'), verdict: content },
    {
      name: 'bad parameter',
      answer: coded(400, 'InvalidParameter'),
      verdict: { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' },
    },
    {
      name: 'an error under a 200',
      answer: coded(200, 'Throttling'),
      verdict: { accepted: 'no', retryable: true },
    },
    { name: 'an unknown error under a 200', answer: coded(200, 'Novelty'), verdict: unknown },
    {
      name: 'moderation under a 500',
      answer: coded(500, 'InternalError.DataInspection'),
      verdict: unknown,
    },
    { name: 'time-out at the vendor', answer: coded(408, 'RequestTimeOut'), verdict: unknown },
    { name: 'overloaded', answer: coded(503, 'ModelUnavailable'), verdict: unknown },
    { name: 'a page instead of JSON', answer: { body: '<html>' }, verdict: unknown },
    { name: 'no picture', answer: { body: { output: { choices: [] } } }, verdict: unknown },
  ])('judges: $name', async ({ answer, verdict }) => {
    vendor.answer(answer);

    expect(await providerErrorOf(submit())).toMatchObject(verdict);
  });
});
