import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { validateInput } from '../validate-input.js';
import type { JsonObject } from '../provider.js';
import { type ErrorCase, providerErrorOf } from '../testing/failure.js';
import { ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import generated from './fixtures/generated.json' with { type: 'json' };
import moderated from './fixtures/moderated.json' with { type: 'json' };
import throttled from './fixtures/throttled.json' with { type: 'json' };
import wrongKey from './fixtures/wrong-key.json' with { type: 'json' };
import { gptImage2 } from './openai.models.js';
import { openai } from './openai.provider.js';

const DEFAULTS = {
  model: 'gpt-image-2',
  prompt: 'a cat',
  n: 1,
  quality: 'auto',
  background: 'auto',
  output_format: 'png',
  moderation: 'auto',
};

describe('prepare', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['leaves the size to the vendor when nothing names it', {}, {}],
    ['1:1 is 1024x1024', { aspect_ratio: '1:1' }, { size: '1024x1024' }],
    ['3:2 is 1536x1024', { aspect_ratio: '3:2' }, { size: '1536x1024' }],
    ['2:3 is 1024x1536', { aspect_ratio: '2:3' }, { size: '1024x1536' }],
    ['16:9 is exact at 1K', { aspect_ratio: '16:9' }, { size: '1280x720' }],
    ['16:9 is exact at 2K', { aspect_ratio: '16:9', resolution: '2K' }, { size: '2560x1440' }],
    ['16:9 is exact at 4K', { aspect_ratio: '16:9', resolution: '4K' }, { size: '3840x2160' }],
    ['a resolution alone is square', { resolution: '4K' }, { size: '2880x2880' }],
    ['size goes through', { size: '2048x1152' }, { size: '2048x1152' }],
    ['n', { n: 10 }, { n: 10 }],
    ['quality', { quality: 'high' }, { quality: 'high' }],
    ['background', { background: 'transparent' }, { background: 'transparent' }],
    ['output_format', { output_format: 'webp' }, { output_format: 'webp' }],
    ['safety is moderation', { safety: 'low' }, { moderation: 'low' }],
  ])('%s', (_, input, expected) => {
    const whole = { prompt: 'a cat', ...input };

    const prepared = openai.prepare(whole, gptImage2);

    expect(validateInput(gptImage2, whole)).toEqual([]);
    expect(prepared).toMatchObject({ ok: true, request: { ...DEFAULTS, ...expected } });
  });

  it.each<[string, JsonObject, string, RegExp]>([
    ['an edge off the grid', { size: '1000x1000' }, 'input.size', /multiples of 16/],
    ['an edge too long', { size: '4096x2048' }, 'input.size', /16 to 3840/],
    ['too many pixels', { size: '3840x3840' }, 'input.size', /8294400/],
    ['too few pixels', { size: '512x512' }, 'input.size', /655360/],
    ['too long a shape', { size: '3200x800' }, 'input.size', /3:1/],
    [
      'size beside aspect_ratio',
      { size: '1024x1024', aspect_ratio: '1:1' },
      'input.size',
      /aspect_ratio/,
    ],
    ['size beside resolution', { size: '1024x1024', resolution: '1K' }, 'input.size', /resolution/],
    [
      'a transparent jpeg',
      { background: 'transparent', output_format: 'jpeg' },
      'input.output_format',
      /png or webp/,
    ],
  ])('refuses %s', (_, input, path, message) => {
    const prepared = openai.prepare({ prompt: 'a cat', ...input }, gptImage2);

    expect(prepared).toEqual({
      ok: false,
      issues: [{ path, message: expect.stringMatching(message) }],
    });
  });

  it('estimates where the price list has the size and quality, and admits what it does not know', () => {
    const known = { prompt: 'a cat', aspect_ratio: '1:1', quality: 'medium', n: 2 };

    expect(openai.prepare(known, gptImage2)).toMatchObject({
      estimate: { unit: 'image', quantity: 2, costNanoUsd: 106_000_000 },
    });
    expect(openai.prepare({ prompt: 'a cat' }, gptImage2)).toMatchObject({
      estimate: { unit: 'image', quantity: 1, costNanoUsd: null },
    });
  });
});

describe('submit', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const submit = async () =>
    await openai.submit(DEFAULTS, vendor.context({ baseUrl: `${vendor.origin}/v1` }));

  it('sends exactly the prepared body, with the key as a bearer token', async () => {
    vendor.answer(generated);

    await submit();

    expect(vendor.requests).toHaveLength(1);
    expect(vendor.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/images/generations',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    });
    expect(vendor.requests[0]?.body).toEqual(DEFAULTS);
  });

  it('answers with the bytes of every picture and the cost of its tokens', async () => {
    vendor.answer(generated);

    const submitted = await submit();

    const bytes = Buffer.from(generated.body.data[0]?.b64_json ?? '', 'base64');
    expect(submitted).toEqual({
      state: 'done',
      outputs: [
        { from: 'bytes', bytes },
        { from: 'bytes', bytes },
      ],
      usage: { unit: 'image', quantity: 2, costNanoUsd: 64 * 5000 + 2112 * 30_000 },
    });
  });

  it('does not guess the cost when the answer reports no tokens', async () => {
    vendor.answer({ body: { data: generated.body.data } });

    expect(await submit()).toMatchObject({ usage: { costNanoUsd: null } });
  });

  const account = { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' } as const;
  const unknown = { accepted: 'unknown', retryable: true } as const;
  it.each<ErrorCase>([
    {
      name: 'throttled, with the exact wait',
      answer: throttled,
      verdict: {
        accepted: 'no',
        retryable: true,
        retryAfterMs: 19_500,
        providerCode: 'rate_limit_exceeded',
      },
    },
    {
      name: 'no quota left',
      answer: {
        status: 429,
        body: { error: { type: 'insufficient_quota', code: 'insufficient_quota' } },
      },
      verdict: account,
    },
    { name: 'wrong key', answer: wrongKey, verdict: account },
    { name: 'organisation not verified', answer: { status: 403, body: {} }, verdict: account },
    { name: 'no such model', answer: { status: 404, body: {} }, verdict: account },
    {
      name: 'moderated',
      answer: moderated,
      verdict: { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' },
    },
    {
      name: 'billing limit',
      answer: { status: 400, body: { error: { code: 'billing_hard_limit_reached' } } },
      verdict: account,
    },
    {
      name: 'bad parameter',
      answer: { status: 400, body: { error: { message: 'Invalid size', code: 'invalid_value' } } },
      verdict: { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' },
    },
    { name: 'conflict', answer: { status: 409, body: {} }, verdict: unknown },
    { name: 'time-out at the vendor', answer: { status: 408, body: {} }, verdict: unknown },
    { name: 'server error', answer: { status: 500, body: {} }, verdict: unknown },
    {
      name: 'redirect',
      answer: { status: 302, headers: { location: '/' }, body: '' },
      verdict: unknown,
    },
    { name: 'a page instead of JSON', answer: { body: '<html>' }, verdict: unknown },
    { name: 'no picture', answer: { body: { data: [] } }, verdict: unknown },
    { name: 'a picture without data', answer: { body: { data: [{}] } }, verdict: unknown },
    { name: 'a cut connection', answer: { hangUp: true }, verdict: unknown },
  ])('judges: $name', async ({ answer, verdict }) => {
    vendor.answer(answer);

    const error = await providerErrorOf(submit());

    expect(error).toMatchObject(verdict);
    expect(inspect(error)).not.toContain(TEST_KEY.slice(0, 8));
  });
});
