import { describe, expect, it } from 'vitest';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { validateInput } from '../validate-input.js';
import { openaiModels } from './openai.models.js';
import { prepareOpenaiImage } from './prepare-openai-image.js';

const PICTURE = 'https://example.com/a.png';
const ALL = openaiModels.map(({ id }) => id);
const ANY_SIZE = ALL.filter((id) => id.startsWith('gpt-image-2'));

function modelOf(id: string): Model {
  const model = openaiModels.find((known) => known.id === id);
  if (!model) throw new Error(`no model ${id}`);
  return model;
}

function prepare(input: JsonObject, id = 'gpt-image-2') {
  return prepareOpenaiImage({ prompt: 'a cat', ...input }, modelOf(id));
}

const problems = (input: JsonObject, id = 'gpt-image-2') =>
  validateInput(modelOf(id), { prompt: 'a cat', ...input });

describe('an image of OpenAI', () => {
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
    [
      'compression goes through',
      { output_format: 'jpeg', provider_options: { output_compression: 80 } },
      { output_format: 'jpeg', output_compression: 80 },
    ],
  ])('%s', (_, input, expected) => {
    expect(problems(input)).toEqual([]);
    expect(prepare(input)).toMatchObject({
      ok: true,
      request: {
        model: 'gpt-image-2',
        prompt: 'a cat',
        n: 1,
        quality: 'auto',
        background: 'auto',
        output_format: 'png',
        moderation: 'auto',
        ...expected,
      },
    });
  });

  it.each(ALL)('of %s has a size only when one is asked for', (id) => {
    expect(prepare({}, id)).not.toHaveProperty('request.size');
  });

  it.each<[string, JsonObject, RegExp]>([
    ['an edge off the grid', { size: '1000x1000' }, /multiples of 16/],
    ['an edge too long', { size: '4096x2048' }, /16 to 3840/],
    ['too many pixels', { size: '3840x3840' }, /8294400/],
    ['too few pixels', { size: '512x512' }, /655360/],
    ['too long a shape', { size: '3200x800' }, /3:1/],
  ])('cannot have %s', (_, input, message) => {
    for (const id of ANY_SIZE) {
      expect(prepare(input, id)).toEqual({
        ok: false,
        issues: [{ path: 'input.size', message: expect.stringMatching(message) }],
      });
    }
  });

  it('of the first generation has one of three sizes', () => {
    for (const id of ['gpt-image-1-5', 'gpt-image-1-mini']) {
      expect(prepare({ size: '1536x1024' }, id)).toMatchObject({ request: { size: '1536x1024' } });
      expect(prepare({ aspect_ratio: '2:3' }, id)).toMatchObject({
        request: { size: '1024x1536' },
      });
      expect(problems({ size: '1536x1536' }, id)).toMatchObject([{ path: 'input.size' }]);
      expect(problems({ aspect_ratio: '16:9' }, id)).toMatchObject([
        { path: 'input.aspect_ratio' },
      ]);
      expect(problems({ resolution: '2K' }, id)).toMatchObject([{ path: 'input.resolution' }]);
    }
  });

  it.each<[string, JsonObject, string, RegExp]>([
    ['size beside aspect_ratio', { size: '1024x1024', aspect_ratio: '1:1' }, 'size', /leave one/],
    [
      'a transparent jpeg',
      { background: 'transparent', output_format: 'jpeg' },
      'output_format',
      /png or webp/,
    ],
    ['a mask alone', { mask_url: PICTURE }, 'mask_url', /needs image_urls/],
    ['seventeen pictures', { image_urls: Array(17).fill(PICTURE) }, 'image_urls', /give 1 to 16/],
    [
      'compression of png',
      { provider_options: { output_compression: 5 } },
      'provider_options',
      /jpeg or webp/,
    ],
    [
      'an option that is not listed',
      { provider_options: { stream: true } },
      'provider_options.stream',
      /Unknown field/,
    ],
    ['a seed', { seed: 1 }, 'seed', /Unknown field/],
    ['a negative prompt', { negative_prompt: 'dog' }, 'negative_prompt', /Unknown field/],
  ])('refuses %s', (_, input, field, message) => {
    expect(problems(input)).toMatchObject([
      { path: `input.${field}`, message: expect.stringMatching(message) },
    ]);
  });

  it.each<[string, readonly string[]]>([
    ['max', ANY_SIZE.filter((id) => id !== 'gpt-image-2')],
    ['xhigh', ANY_SIZE.filter((id) => id !== 'gpt-image-2')],
    ['high', ALL],
  ])('of quality %s is made by %j', (quality, makers) => {
    expect(ALL.filter((id) => problems({ quality }, id).length === 0)).toEqual(makers);
  });

  it('has complexity on the newest models, and input_fidelity on the oldest', () => {
    const complex = { provider_options: { complexity: 'low' } };
    const low = { image_urls: [PICTURE], provider_options: { input_fidelity: 'low' } };
    const high = { image_urls: [PICTURE], provider_options: { input_fidelity: 'high' } };
    const takers = (input: JsonObject) => ALL.filter((id) => problems(input, id).length === 0);

    expect(takers(complex)).toEqual(['gpt-image-2-6-sunburst', 'gpt-image-2-6-flare']);
    expect(takers(low)).toEqual(['gpt-image-1-5', 'gpt-image-1-mini']);
    expect(takers(high)).toEqual(['gpt-image-1-5']);
    expect(
      problems({ provider_options: { input_fidelity: 'low' } }, 'gpt-image-1-5'),
    ).toMatchObject([{ message: 'input_fidelity needs image_urls beside it' }]);
    expect(prepare(high, 'gpt-image-1-5')).toMatchObject({ request: { input_fidelity: 'high' } });
  });
});

describe('pictures to edit', () => {
  it('have places in the request, and so has the mask', () => {
    expect(prepare({ image_urls: [PICTURE, 'input:1'], mask_url: 'input:2' })).toMatchObject({
      request: { image: [null, null], mask: null, moderation: 'auto' },
      media: [
        { at: '/image/0', source: PICTURE, as: 'data-url', maxBytes: 49_999_999 },
        { at: '/image/1', field: 'input.image_urls.1', source: 'input:1' },
        { at: '/mask', accepts: ['image/png'], maxBytes: 3_999_999 },
      ],
    });
  });

  it('are absent from a request that has none', () => {
    expect(prepare({})).not.toHaveProperty('media');
    expect(prepare({})).not.toHaveProperty('request.image');
  });
});

describe('the estimate', () => {
  it.each<[string, JsonObject, number | null]>([
    ['gpt-image-2', { aspect_ratio: '1:1', quality: 'medium', n: 2 }, 106_000_000],
    ['gpt-image-2', { aspect_ratio: '2:3', quality: 'high' }, 165_000_000],
    ['gpt-image-2', { aspect_ratio: '3:2', quality: 'high' }, null],
    ['gpt-image-2', {}, null],
    ['gpt-image-1-5', { aspect_ratio: '3:2', quality: 'low' }, 13_000_000],
    ['gpt-image-1-mini', { size: '1024x1024', quality: 'high' }, 36_000_000],
    ['gpt-image-2-5-flare', { size: '1024x1024', quality: 'high' }, null],
    ['gpt-image-2', { size: '1024x1024', quality: 'low', image_urls: [PICTURE] }, null],
  ])('of %s with %j is by the table, or unknown', (id, input, costNanoUsd) => {
    expect(prepare(input, id)).toMatchObject({ estimate: { unit: 'image', costNanoUsd } });
  });
});
