import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../provider.js';
import { ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import edited from './fixtures/edited.json' with { type: 'json' };
import generated from './fixtures/generated.json' with { type: 'json' };
import { openai } from './openai.provider.js';

const BODY = { model: 'gpt-image-2', prompt: 'a cat', n: 2, quality: 'auto' };
const PIXEL = generated.body.data[0]?.b64_json ?? '';
const bytes = Buffer.from(PIXEL, 'base64');

/** What an answer reports, 800 of the tokens in being a picture's. */
const usage = (details: object, more: object = {}) => ({
  input_tokens: 1000,
  output_tokens: 100,
  input_tokens_details: { text_tokens: 200, image_tokens: 800, ...details },
  ...more,
});
/** What its tokens out cost. */
const OUT = 100 * 30_000;

describe('submit', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const submit = async (request: JsonObject = BODY) =>
    await openai.submit(request, vendor.context({ baseUrl: `${vendor.origin}/v1` }));

  it('sends exactly the prepared body, with the key as a bearer token', async () => {
    vendor.answer(generated);

    await submit();

    expect(vendor.requests).toHaveLength(1);
    expect(vendor.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/images/generations',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    });
    expect(vendor.requests[0]?.body).toEqual(BODY);
  });

  it.each([
    [1, ['image']],
    [2, ['image[]', 'image[]']],
  ])('sends %i pictures to edit as a form, named as OpenAI names them', async (count, names) => {
    vendor.answer(edited);
    const image = Array.from({ length: count }, () => `data:image/png;base64,${PIXEL}`);

    await submit({ ...BODY, image, mask: `data:image/png;base64,${PIXEL}` });

    const [request] = vendor.requests;
    expect(request).toMatchObject({
      path: '/v1/images/edits',
      headers: { 'content-type': expect.stringMatching(/^multipart\/form-data; boundary=/) },
    });
    const form = String(request?.body);
    const parts = [...form.matchAll(/name="([^"]+)"(?:; filename="([^"]+)")?/g)];
    expect(parts.filter(([, , file]) => file === undefined).map(([, name]) => name)).toEqual([
      'model',
      'prompt',
      'n',
      'quality',
    ]);
    expect(parts.filter(([, , file]) => file !== undefined).map(([, name]) => name)).toEqual([
      ...names,
      'mask',
    ]);
    expect(form).toContain('Content-Type: image/png');
  });

  it('answers with the bytes of every picture and the cost of its tokens', async () => {
    vendor.answer(generated);

    expect(await submit()).toEqual({
      state: 'done',
      outputs: [
        { from: 'bytes', bytes },
        { from: 'bytes', bytes },
      ],
      usage: { unit: 'image', quantity: 2, costNanoUsd: 64 * 5000 + 2112 * 30_000 },
    });
  });

  it.each<[string, unknown[], number]>([
    ['an item without bytes', [{ b64_json: PIXEL }, {}], 1],
    ['fewer items than were asked for', [{ b64_json: PIXEL }], 1],
  ])('keeps what came when there is %s, and says what did not', async (_, data, missing) => {
    vendor.answer({ body: { ...generated.body, data } });

    expect(await submit()).toMatchObject({
      outputs: [{ from: 'bytes' }],
      failures: Array.from({ length: missing }, () => ({ code: 'TASK_FAILED' })),
      usage: { quantity: 1, costNanoUsd: 64 * 5000 + 2112 * 30_000 },
    });
  });

  it.each<[string, string, object, number | null]>([
    ['nothing', 'gpt-image-2', {}, null],
    ['pictures in', 'gpt-image-2', usage({}), 200 * 5000 + 800 * 8000 + OUT],
    [
      'what was cached, by kind',
      'gpt-image-2',
      usage({ cached_tokens_details: { text_tokens: 100, image_tokens: 400 } }),
      100 * 5000 + 100 * 1250 + 400 * 8000 + 400 * 2000 + OUT,
    ],
    ['what was cached, not by kind', 'gpt-image-2', usage({ cached_tokens: 500 }), null],
    [
      'what was cached of text alone',
      'gpt-image-2',
      usage({ text_tokens: 1000, image_tokens: 0, cached_tokens: 600 }),
      400 * 5000 + 600 * 1250 + OUT,
    ],
    [
      'more cached than there was',
      'gpt-image-2',
      usage({ cached_tokens_details: { text_tokens: 201 } }),
      null,
    ],
    [
      'text out, where its price is known',
      'gpt-image-1.5',
      usage({}, { output_tokens_details: { image_tokens: 60, text_tokens: 40 } }),
      200 * 5000 + 800 * 8000 + 60 * 32_000 + 40 * 10_000,
    ],
    [
      'text out, where the lists contradict each other',
      'gpt-image-2',
      usage({}, { output_tokens_details: { image_tokens: 60, text_tokens: 40 } }),
      null,
    ],
    ['a model without a price', 'gpt-image-9', usage({}), null],
  ])('charges by the tokens reported: %s', async (_, model, reported, costNanoUsd) => {
    vendor.answer({ body: { data: generated.body.data, usage: reported } });

    expect(await submit({ ...BODY, model })).toMatchObject({ usage: { costNanoUsd } });
  });
});
