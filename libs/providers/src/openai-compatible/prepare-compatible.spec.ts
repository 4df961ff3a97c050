import { describe, expect, it } from 'vitest';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { validateInput } from '../validate-input.js';
import { compatibleImageModel } from './image-model.js';
import { prepareCompatible } from './prepare-compatible.js';
import { compatibleVideoModel } from './video-model.js';

const named = (id: string) => ({ id, vendorModel: id, namedBy: 'OPENAI_COMPATIBLE_MODELS' });
const picture = compatibleImageModel(named('any-image'));
const sora = compatibleVideoModel(named('sora-2'));
const pro = compatibleVideoModel(named('sora-2-pro-2025-10-06'));
const film = compatibleVideoModel(named('any-video'));
const PICTURE = 'https://example.com/a.png';

const whole = (input: JsonObject): JsonObject => ({ prompt: 'a cat', ...input });
const request = (model: Model, input: JsonObject): unknown => {
  expect(validateInput(model, whole(input))).toEqual([]);
  const prepared = prepareCompatible(whole(input), model);
  return prepared.ok ? prepared.request : prepared.issues;
};

describe('what is asked of an upstream that nobody here knows', () => {
  it.each<[string, Model, JsonObject, unknown]>([
    [
      'a picture, with nothing that was not given but the count',
      picture,
      {},
      { model: 'any-image', prompt: 'a cat', n: 1 },
    ],
    [
      'a picture with everything',
      picture,
      {
        n: 3,
        size: '640x480',
        quality: 'hd',
        background: 'opaque',
        output_format: 'webp',
        safety: 'low',
      },
      {
        model: 'any-image',
        prompt: 'a cat',
        n: 3,
        size: '640x480',
        quality: 'hd',
        background: 'opaque',
        output_format: 'webp',
        moderation: 'low',
      },
    ],
    [
      'an edit',
      picture,
      { image_urls: [PICTURE], mask_url: PICTURE },
      { model: 'any-image', prompt: 'a cat', n: 1, image: [null], mask: null },
    ],
    [
      'fields of its own, never over those of the input',
      picture,
      { provider_options: { seed: 7, style: 'vivid' } },
      { model: 'any-image', prompt: 'a cat', n: 1, seed: 7, style: 'vivid' },
    ],
    [
      'a film, its seconds as text',
      film,
      { duration: 7, size: '640x480' },
      { video: { model: 'any-video', prompt: 'a cat', seconds: '7', size: '640x480' } },
    ],
    ['a film of its own length', film, {}, { video: { model: 'any-video', prompt: 'a cat' } }],
    [
      'a film of Sora, with the defaults of its page',
      sora,
      {},
      { video: { model: 'sora-2', prompt: 'a cat', seconds: '4', size: '720x1280' } },
    ],
    [
      'a film of Sora from a picture',
      pro,
      { duration: 12, size: '1920x1080', first_frame_url: PICTURE },
      {
        video: {
          model: 'sora-2-pro-2025-10-06',
          prompt: 'a cat',
          seconds: '12',
          size: '1920x1080',
          input_reference: null,
        },
      },
    ],
  ])('is %s', (_, model, input, expected) => {
    expect(request(model, input)).toEqual(expected);
  });

  it.each<[string, Model, JsonObject, string]>([
    ['a size too large', picture, { size: '5000x64' }, 'input.size'],
    ['a size too small', film, { size: '10x10' }, 'input.size'],
    [
      'an option that calls back',
      film,
      { provider_options: { webhook: 'x' } },
      'input.provider_options.webhook',
    ],
  ])('is never %s', (_, model, input, path) => {
    expect(request(model, input)).toMatchObject([{ path }]);
  });

  it.each<[Model, JsonObject, string]>([
    [sora, { duration: 5 }, 'input.duration'],
    [sora, { size: '1920x1080' }, 'input.size'],
    [film, { duration: 61 }, 'input.duration'],
    [film, { n: 5 }, 'input.n'],
    [picture, { mask_url: PICTURE }, 'input.mask_url'],
    [picture, { provider_options: [] }, 'input.provider_options'],
  ])('is refused by the schema: $id %j', (model, input, path) => {
    expect(validateInput(model, whole(input))).toMatchObject([{ path }]);
  });

  it('has no price: who knows what an upstream charges?', () => {
    expect(prepareCompatible(whole({ n: 2 }), picture)).toMatchObject({
      estimate: { unit: 'image', quantity: 2, costNanoUsd: null },
    });
    expect(prepareCompatible(whole({ duration: 9 }), film)).toMatchObject({
      estimate: { unit: 'second', quantity: 9, costNanoUsd: null },
    });
  });
});
