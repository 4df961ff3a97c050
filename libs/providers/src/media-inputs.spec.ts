import { describe, expect, it } from 'vitest';
import { Catalog } from './catalog.js';
import type { JsonObject, Prepared } from './provider.js';
import { validateInput } from './validate-input.js';

const PICTURE = 'https://example.com/a.png';
const KEPT = 'input:01JD';

function modelOf(name: string) {
  const lookup = new Catalog().find(name);
  if (!lookup.found) throw new Error(lookup.message);
  return lookup;
}

function prepare(name: string, input: JsonObject): Prepared {
  const { model, provider } = modelOf(name);
  const whole = { prompt: 'a cat', ...input };
  expect(validateInput(model, whole)).toEqual([]);
  return provider.prepare(whole, model);
}

describe('pictures to work from', () => {
  it('are input_image, input_image_2, … of FLUX, as bare base64, and make its price unknown', () => {
    expect(prepare('flux-2-pro', { image_urls: [PICTURE, KEPT] })).toMatchObject({
      request: { body: { prompt: 'a cat', input_image: null, input_image_2: null } },
      estimate: { costNanoUsd: null },
      media: [
        { at: '/body/input_image', field: 'input.image_urls.0', source: PICTURE, as: 'base64' },
        { at: '/body/input_image_2', field: 'input.image_urls.1', source: KEPT, as: 'base64' },
      ],
    });
  });

  it('are the image of Veo, with its type beside', () => {
    expect(prepare('veo-3-1', { first_frame_url: PICTURE })).toMatchObject({
      request: {
        body: {
          instances: [{ prompt: 'a cat', image: { bytesBase64Encoded: null, mimeType: null } }],
        },
      },
      estimate: { costNanoUsd: 3_200_000_000 },
      media: [
        {
          at: '/body/instances/0/image/bytesBase64Encoded',
          mimeAt: '/body/instances/0/image/mimeType',
          field: 'input.first_frame_url',
          as: 'base64',
        },
      ],
    });
  });

  it('make HappyHorse another model, which has no shape of its own', () => {
    expect(prepare('happyhorse-1-0', { first_frame_url: PICTURE })).toEqual({
      ok: true,
      request: {
        model: 'happyhorse-1.0-i2v',
        input: { prompt: 'a cat', media: [{ type: 'first_frame', url: null }] },
        parameters: { resolution: '1080P', duration: 5, watermark: false },
      },
      estimate: { unit: 'second', quantity: 5, costNanoUsd: 1_200_000_000 },
      media: [
        {
          at: '/input/media/0/url',
          field: 'input.first_frame_url',
          source: PICTURE,
          kind: 'image',
          as: 'data-url',
          maxBytes: 10_000_000,
          accepts: ['image/jpeg', 'image/png', 'image/webp'],
          pixels: { minEdge: 300, maxRatio: 2.5 },
        },
      ],
    });
  });

  it('are absent from a request that has none', () => {
    for (const name of ['flux-2-pro', 'veo-3-1', 'happyhorse-1-0']) {
      expect(prepare(name, {})).not.toHaveProperty('media');
    }
  });

  it.each<[string, JsonObject, string, RegExp]>([
    ['flux-2-pro', { image_urls: [] }, 'input.image_urls', /give 1 to 8/],
    ['flux-2-pro', { image_urls: Array(9).fill(PICTURE) }, 'input.image_urls', /9 entries/],
    ['flux-2-pro', { image_urls: ['ftp://a/b'] }, 'input.image_urls.0', /https:/],
    ['flux-2-pro', { image_urls: ['data:text/html,x'] }, 'input.image_urls.0', /https:/],
    ['veo-3-1', { first_frame_url: 7 }, 'input.first_frame_url', /a text/],
    ['qwen-image-max', { image_urls: [PICTURE] }, 'input.image_urls', /Unknown field/],
    [
      'happyhorse-1-0',
      { first_frame_url: PICTURE, aspect_ratio: '1:1' },
      'input.aspect_ratio',
      /first_frame_url/,
    ],
  ])('%s refuses %o', (name, input, path, message) => {
    const issues = validateInput(modelOf(name).model, { prompt: 'a cat', ...input });

    expect(issues).toMatchObject([{ path, message: expect.stringMatching(message) }]);
  });

  it('are marked in the schema, for clients', () => {
    const { inputSchema } = modelOf('veo-3-1').model;

    expect(inputSchema).toHaveProperty('properties.first_frame_url.x-media', 'image');
  });
});
