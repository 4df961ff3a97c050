import { describe, expect, it } from 'vitest';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { validateInput } from '../validate-input.js';
import { gemini } from './gemini.provider.js';

const PICTURE = 'https://example.com/a.png';
const OTHER = 'https://example.com/b.png';

function modelOf(id: string): Model {
  const model = gemini.models.find((known) => known.id === id);
  if (!model) throw new Error(`no model ${id}`);
  return model;
}

function prepare(id: string, input: JsonObject) {
  const whole = { prompt: 'a cat', ...input };
  expect(validateInput(modelOf(id), whole)).toEqual([]);
  const prepared = gemini.prepare(whole, modelOf(id));
  if (!prepared.ok) throw new Error(prepared.issues.map(({ message }) => message).join());
  return prepared;
}

const pathsRefused = (id: string, input: JsonObject): readonly string[] =>
  validateInput(modelOf(id), { prompt: 'a cat', ...input }).map(({ path }) => path);

const slot = (field: string, source: string, at: string, mimeAt: string) => ({
  field: `input.${field}`,
  source,
  at,
  mimeAt,
  kind: 'image',
  as: 'base64',
});

describe('an Omni film', () => {
  it('is an interaction in the background that says every charged choice', () => {
    expect(prepare('gemini-omni-1-2-flash', {})).toEqual({
      ok: true,
      request: {
        call: 'interactions',
        body: {
          model: 'gemini-omni-1.2-flash',
          input: [{ type: 'text', text: 'a cat' }],
          response_format: {
            type: 'video',
            delivery: 'uri',
            aspect_ratio: '16:9',
            resolution: '720p',
            duration: '5s',
          },
          background: true,
          store: true,
        },
      },
      estimate: { unit: 'second', quantity: 5, costNanoUsd: 350_000_000 },
    });
  });

  it.each<[JsonObject, string]>([
    [{ first_frame_url: PICTURE }, '[# Sources <FIRST_FRAME>@Image1] a cat'],
    [
      { last_frame_url: OTHER, first_frame_url: PICTURE },
      '[# Sources <FIRST_FRAME>@Image1 <LAST_FRAME>@Image2] a cat',
    ],
    [
      { reference_image_urls: [PICTURE, OTHER] },
      '[# References <IMAGE_REF_0>@Image1 <IMAGE_REF_1>@Image2] a cat',
    ],
    [
      { first_frame_url: PICTURE, reference_image_urls: [OTHER] },
      '[# Sources <FIRST_FRAME>@Image1] [# References <IMAGE_REF_0>@Image2] a cat',
    ],
  ])('tells what its pictures are for: %j', (input, text) => {
    expect(prepare('gemini-omni-1-2-flash', input).request).toMatchObject({
      body: { input: expect.arrayContaining([{ type: 'text', text }]) },
    });
  });

  it('sends its pictures in the order in which the prompt counts them', () => {
    const input = { last_frame_url: OTHER, first_frame_url: PICTURE };

    expect(prepare('gemini-omni-1-2-flash', input)).toMatchObject({
      request: {
        body: {
          input: [
            { type: 'text' },
            { type: 'image', mime_type: null, data: null },
            { type: 'image', mime_type: null, data: null },
          ],
        },
      },
      media: [
        slot('first_frame_url', PICTURE, '/body/input/1/data', '/body/input/1/mime_type'),
        slot('last_frame_url', OTHER, '/body/input/2/data', '/body/input/2/mime_type'),
      ],
    });
  });

  it.each<[string, JsonObject, number]>([
    ['gemini-omni-1-2-flash', { resolution: '360p', duration: 3 }, 69_000_000],
    ['gemini-omni-1-2-flash', { resolution: '4k', duration: 15 }, 3_150_000_000],
    ['gemini-omni-1-1-flash', { resolution: '1080p', duration: 10 }, 1_500_000_000],
  ])('%s costs by the second and the resolution: %j', (id, input, costNanoUsd) => {
    expect(prepare(id, input).estimate.costNanoUsd).toBe(costNanoUsd);
  });

  it.each<[string, JsonObject, string]>([
    ['gemini-omni-1-1-flash', { duration: 11 }, 'input.duration'],
    ['gemini-omni-1-2-flash', { duration: 2 }, 'input.duration'],
    ['gemini-omni-1-2-flash', { negative_prompt: 'a dog' }, 'input.negative_prompt'],
    ['gemini-omni-1-2-flash', { seed: 1 }, 'input.seed'],
    ['gemini-omni-1-2-flash', { generate_audio: false }, 'input.generate_audio'],
    ['gemini-omni-1-2-flash', { aspect_ratio: '1:1' }, 'input.aspect_ratio'],
    ['gemini-omni-1-2-flash', { last_frame_url: PICTURE }, 'input.last_frame_url'],
  ])('%s refuses %j', (id, input, path) => {
    expect(pathsRefused(id, input)).toContain(path);
  });
});

describe('a Gemini picture', () => {
  it('is one call of generateContent that leaves the shape to the pictures given', () => {
    expect(prepare('gemini-3-pro-image', { image_urls: [PICTURE] })).toEqual({
      ok: true,
      request: {
        call: 'generateContent',
        model: 'gemini-3-pro-image',
        body: {
          contents: [
            {
              role: 'user',
              parts: [{ text: 'a cat' }, { inlineData: { mimeType: null, data: null } }],
            },
          ],
          generationConfig: { responseModalities: ['IMAGE'], imageConfig: { imageSize: '1K' } },
        },
      },
      estimate: { unit: 'image', quantity: 1, costNanoUsd: 135_100_000 },
      media: [
        expect.objectContaining(
          slot(
            'image_urls.0',
            PICTURE,
            '/body/contents/0/parts/1/inlineData/data',
            '/body/contents/0/parts/1/inlineData/mimeType',
          ),
        ),
      ],
    });
  });

  it.each<[string, JsonObject, number | null]>([
    ['gemini-3-pro-image', { resolution: '4K' }, 240_000_000],
    ['gemini-3-1-flash-image', { resolution: '512' }, 45_000_000],
    ['gemini-3-1-flash-image', { image_urls: [PICTURE] }, null],
    ['gemini-nano-banana-2-1', {}, 33_600_000],
    ['gemini-nano-banana-2-1', { resolution: '2K' }, null],
  ])('%s is priced by its size class, and unknown where no list has it: %j', (id, input, cost) => {
    expect(prepare(id, input).estimate.costNanoUsd).toBe(cost);
  });

  it('is never more than one a call, whatever n says', () => {
    const { request } = prepare('gemini-3-pro-image', { n: 3 });

    expect(request).toEqual(prepare('gemini-3-pro-image', {}).request);
    expect(modelOf('gemini-3-pro-image').perCall).toBe(1);
  });

  it.each<[string, JsonObject, string]>([
    ['gemini-3-pro-image', { resolution: '512' }, 'input.resolution'],
    ['gemini-3-pro-image', { aspect_ratio: '1:8' }, 'input.aspect_ratio'],
    ['gemini-3-pro-image', { n: 11 }, 'input.n'],
    [
      'gemini-3-pro-image',
      { image_urls: Array.from({ length: 15 }, () => PICTURE) },
      'input.image_urls',
    ],
  ])('%s refuses %j', (id, input, path) => {
    expect(pathsRefused(id, input)).toContain(path);
  });
});

describe('a film of the legacy surface', () => {
  it('has the parameters that this surface takes, and no others', () => {
    const input = {
      negative_prompt: 'a dog',
      aspect_ratio: '9:16',
      resolution: '1080p',
      provider_options: { personGeneration: 'dont_allow' },
    };

    expect(prepare('veo-3-1-preview', input)).toEqual({
      ok: true,
      request: {
        call: 'predictLongRunning',
        model: 'veo-3.1-generate-preview',
        body: {
          instances: [{ prompt: 'a cat' }],
          parameters: {
            sampleCount: 1,
            durationSeconds: 8,
            aspectRatio: '9:16',
            resolution: '1080p',
            negativePrompt: 'a dog',
            personGeneration: 'dont_allow',
          },
        },
        priced: { seconds: 8, costNanoUsd: 3_200_000_000 },
      },
      estimate: { unit: 'second', quantity: 8, costNanoUsd: 3_200_000_000 },
    });
  });

  it('has a place for each picture, with its type beside', () => {
    const place = { bytesBase64Encoded: null, mimeType: null };
    const frames = prepare('veo-3-1-preview', { first_frame_url: PICTURE, last_frame_url: OTHER });
    const references = prepare('veo-3-1-preview', { reference_image_urls: [PICTURE] });

    expect(frames).toMatchObject({
      request: { body: { instances: [{ image: place, lastFrame: place }] } },
      media: [
        { at: '/body/instances/0/image/bytesBase64Encoded', source: PICTURE },
        { at: '/body/instances/0/lastFrame/bytesBase64Encoded', source: OTHER },
      ],
    });
    expect(references).toMatchObject({
      request: {
        body: { instances: [{ referenceImages: [{ image: place, referenceType: 'asset' }] }] },
      },
      media: [
        {
          at: '/body/instances/0/referenceImages/0/image/bytesBase64Encoded',
          mimeAt: '/body/instances/0/referenceImages/0/image/mimeType',
        },
      ],
    });
  });

  it.each<[string, JsonObject, string]>([
    ['veo-3-1-preview', { duration: 5 }, 'input.duration'],
    ['veo-3-1-preview', { duration: 4, resolution: '1080p' }, 'input.duration'],
    ['veo-3-1-preview', { duration: 4, reference_image_urls: [PICTURE] }, 'input.duration'],
    ['veo-3-1-preview', { seed: 1 }, 'input.seed'],
    ['veo-3-1-preview', { generate_audio: true }, 'input.generate_audio'],
    ['veo-3-1-lite-preview', { resolution: '4k' }, 'input.resolution'],
    [
      'veo-3-1-preview',
      { provider_options: { sampleCount: 4 } },
      'input.provider_options.sampleCount',
    ],
    [
      'veo-3-1-preview',
      { first_frame_url: PICTURE, reference_image_urls: [OTHER] },
      'input.reference_image_urls',
    ],
  ])('%s refuses %j', (id, input, path) => {
    expect(pathsRefused(id, input)).toContain(path);
  });
});

describe('the models', () => {
  it('that Google serves no longer say so, and wait for another host', () => {
    const retired = gemini.models.filter((model) => model.retired);

    expect(retired.map(({ id, retired: away }) => [id, away?.since])).toEqual([
      ['gemini-3-1-flash-image', '2026-10-29'],
      ['veo-3-1-preview', '2026-10-22'],
      ['veo-3-1-fast-preview', '2026-10-22'],
      ['veo-3-1-lite-preview', '2026-10-22'],
    ]);
    const host = URL.parse(gemini.environment.baseUrl.default ?? '')?.host;
    expect(retired.every((model) => model.retired?.host === host)).toBe(true);
  });
});
