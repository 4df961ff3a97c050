import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listAt, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { JsonObject, Prepared } from '../provider.js';
import { providerErrorOf } from '../testing/failure.js';
import { ReplayServer } from '../testing/replay-server.js';
import { validateInput } from '../validate-input.js';
import { ark } from './ark.provider.js';
import pictures from './fixtures/pictures.json' with { type: 'json' };
import partly from './fixtures/pictures-partly.json' with { type: 'json' };
import { seedreamModels } from './seedream.models.js';

const A = 'https://example.com/a.png';

function modelOf(id: string) {
  const model = seedreamModels.find((candidate) => candidate.id === id);
  if (!model) throw new Error(`no ${id}`);
  return model;
}

function prepare(id: string, input: JsonObject = {}): Prepared {
  const whole = { prompt: 'a cat', ...input };
  expect(validateInput(modelOf(id), whole)).toEqual([]);
  return ark.prepare(whole, modelOf(id));
}

const choicesOf = (model: Model, field: string): readonly string[] =>
  listAt(model.inputSchema, 'properties', field, 'enum').map(String);

describe('prepare', () => {
  it('says every choice outright, and leaves the shape to the model', () => {
    expect(prepare('seedream-5-0-pro')).toEqual({
      ok: true,
      request: {
        model: 'dola-seedream-5-0-pro-260628',
        prompt: 'a cat',
        size: '2K',
        response_format: 'url',
        output_format: 'jpeg',
        watermark: false,
      },
      estimate: { unit: 'image', quantity: 1, costNanoUsd: 90_000_000 },
    });
  });

  it.each<[string, JsonObject, JsonObject, number | null]>([
    ['seedream-5-0-pro', { resolution: '1K' }, { size: '1K' }, 45_000_000],
    ['seedream-5-0-pro', { size: '1536x1536' }, { size: '1536x1536' }, 45_000_000],
    ['seedream-5-0-pro', { size: '2048x2048' }, { size: '2048x2048' }, 90_000_000],
    ['seedream-5-0-pro', { aspect_ratio: '16:9' }, { size: '2688x1512' }, 90_000_000],
    ['seedream-5-0-pro', { output_format: 'png' }, { output_format: 'png' }, 90_000_000],
    ['seedream-5-0-pro', { image_urls: [A] }, { image: [null] }, 90_000_000],
    ['seedream-5-0-pro', { image_urls: [A, A] }, { image: [null, null] }, null],
    ['seedream-5-0-lite', { resolution: '3K' }, { size: '3K' }, 35_000_000],
    ['seedream-5-0-lite', { image_urls: [A, A] }, { image: [null, null] }, 35_000_000],
    ['seedream-4-5', { resolution: '4K', aspect_ratio: '1:1' }, { size: '4096x4096' }, 40_000_000],
    ['seedream-4-0', { resolution: '1K', aspect_ratio: '21:9' }, { size: '1512x648' }, 30_000_000],
    ['seedream-4-0', { resolution: '1K', aspect_ratio: '16:9' }, { size: '1280x720' }, 30_000_000],
    [
      'seedream-4-0',
      { provider_options: { optimize_prompt_options: { mode: 'fast' } } },
      { optimize_prompt_options: { mode: 'fast' } },
      30_000_000,
    ],
  ])('%s with %o', (id, input, expected, costNanoUsd) => {
    expect(prepare(id, input)).toMatchObject({
      ok: true,
      request: expected,
      estimate: { unit: 'image', quantity: 1, costNanoUsd },
    });
  });

  it('has an exact size for every shape and class that it offers', () => {
    for (const model of seedreamModels) {
      for (const resolution of choicesOf(model, 'resolution')) {
        for (const ratio of choicesOf(model, 'aspect_ratio')) {
          const prepared = ark.prepare({ prompt: 'a', aspect_ratio: ratio, resolution }, model);
          const size = textAt(prepared, 'request', 'size') ?? '';
          const [width = 0, height = 0] = size.split('x').map(Number);
          const [across = 0, down = 0] = ratio.split(':').map(Number);

          expect(width, `${model.id} ${ratio} ${resolution}`).toBeGreaterThan(0);
          expect(width * down).toBe(height * across);
        }
      }
    }
  });

  it.each<[string, JsonObject, string, RegExp]>([
    ['seedream-4-5', { resolution: '1K' }, 'input.resolution', /2K, 4K/],
    ['seedream-5-0-pro', { resolution: '4K' }, 'input.resolution', /1K, 2K/],
    ['seedream-5-0-pro', { image_urls: Array(11).fill(A) }, 'input.image_urls', /1 to 10/],
    ['seedream-4-0', { image_urls: Array(15).fill(A) }, 'input.image_urls', /1 to 14/],
    ['seedream-4-0', { output_format: 'png' }, 'input.output_format', /Unknown field/],
    ['seedream-4-0', { seed: 1 }, 'input.seed', /Unknown field/],
    ['seedream-4-0', { n: 11 }, 'input.n', /1 to 10/],
    ['seedream-4-0', { size: '2048x2048', resolution: '2K' }, 'input.size', /excludes/],
    ['seedream-4-5', { provider_options: {} }, 'input.provider_options', /Unknown field/],
  ])('%s refuses %o by its schema', (id, input, path, message) => {
    expect(validateInput(modelOf(id), { prompt: 'a cat', ...input })).toContainEqual({
      path,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['seedream-4-5', '1024x1024', /3686400/],
    ['seedream-4-0', '800x800', /921600/],
    ['seedream-5-0-pro', '4096x4096', /4624220/],
    ['seedream-4-0', '8000x400', /16:1/],
  ])('%s refuses size %s with what it takes', (id, size, message) => {
    expect(prepare(id, { size })).toEqual({
      ok: false,
      issues: [{ path: 'input.size', message: expect.stringMatching(message) }],
    });
  });
});

describe('a submit', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const submit = async (request: JsonObject = {}) => {
    const whole = {
      model: 'dola-seedream-5-0-pro-260628',
      prompt: 'a cat',
      size: '2K',
      ...request,
    };
    return await ark.submit(whole, vendor.context({ hookUrl: 'https://gateway.example/hook' }));
  };

  it('asks once, and names no address to call back at: the vendor takes none here', async () => {
    vendor.answer(pictures);

    await submit();

    expect(vendor.requests).toMatchObject([{ method: 'POST', path: '/images/generations' }]);
    expect(vendor.requests[0]?.body).toEqual({
      model: 'dola-seedream-5-0-pro-260628',
      prompt: 'a cat',
      size: '2K',
    });
  });

  it('has the pictures, priced by their own size', async () => {
    vendor.answer(pictures);

    expect(await submit()).toMatchObject({
      state: 'done',
      outputs: [{ from: 'url', url: pictures.body.data[0]?.url }],
      usage: { unit: 'image', quantity: 1, costNanoUsd: 90_000_000 },
    });
  });

  it('keeps what came, says what did not, and charges nothing for that', async () => {
    vendor.answer(partly);

    expect(await submit()).toMatchObject({
      outputs: [{ from: 'url' }],
      failures: [{ code: 'CONTENT_REJECTED', providerCode: 'OutputImageSensitiveContentDetected' }],
      usage: { quantity: 1, costNanoUsd: 45_000_000 },
    });
  });

  it('takes a picture in the answer itself', async () => {
    vendor.answer({ body: { data: [{ b64_json: Buffer.from('png').toString('base64') }] } });

    expect(await submit()).toMatchObject({ outputs: [{ from: 'bytes' }] });
  });

  it('is refused by moderation when that is why no picture came', async () => {
    vendor.answer({ body: { data: [partly.body.data[1]] } });

    expect(await providerErrorOf(submit())).toMatchObject({
      accepted: 'no',
      taskError: 'CONTENT_REJECTED',
    });
  });
});
