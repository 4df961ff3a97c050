import { describe, expect, it } from 'vitest';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { validateInput } from '../validate-input.js';
import { dashscope } from './dashscope.provider.js';
import { happyhorseModels } from './happyhorse.models.js';

function modelOf(id: string): Model {
  const model = happyhorseModels.find((one) => one.id === id);
  if (!model) throw new Error(`no ${id}`);
  return model;
}
const PICTURE = 'https://example.com/a.png';
const FILM = 'https://example.com/a.mp4';
const DEFAULTS = { resolution: '1080P', ratio: '16:9', duration: 5, watermark: false };

const prepare = (input: JsonObject, id = 'happyhorse-1-0') => {
  expect(validateInput(modelOf(id), input)).toEqual([]);
  return dashscope.prepare(input, modelOf(id));
};

describe('a prompt alone', () => {
  it.each<[string, JsonObject, JsonObject, number]>([
    ['says every default, the missing watermark too', {}, {}, 1_200_000_000],
    ['aspect_ratio is ratio', { aspect_ratio: '4:3' }, { ratio: '4:3' }, 1_200_000_000],
    ['resolution in capitals', { resolution: '720p' }, { resolution: '720P' }, 700_000_000],
    ['duration', { duration: 15 }, { duration: 15 }, 3_600_000_000],
    ['seed', { seed: 0 }, { seed: 0 }, 1_200_000_000],
    ['watermark', { watermark: true }, { watermark: true }, 1_200_000_000],
    ['n is not for the vendor', { n: 4 }, {}, 1_200_000_000],
  ])('%s', (_, input, expected, costNanoUsd) => {
    expect(prepare({ prompt: 'a paper boat', ...input })).toEqual({
      ok: true,
      request: {
        model: 'happyhorse-1.0-t2v',
        input: { prompt: 'a paper boat' },
        parameters: { ...DEFAULTS, ...expected },
      },
      estimate: { unit: 'second', quantity: input['duration'] ?? 5, costNanoUsd },
    });
  });

  it('is taken whole, and refused where the vendor would cut it', () => {
    const model = modelOf('happyhorse-1-0');

    expect(dashscope.prepare({ prompt: '船'.repeat(2500) }, model)).toMatchObject({ ok: true });
    expect(dashscope.prepare({ prompt: '船'.repeat(2501) }, model)).toEqual({
      ok: false,
      issues: [{ path: 'input.prompt', message: expect.stringContaining('5002') }],
    });
  });

  it('is another model of another price in 1.1', () => {
    expect(prepare({ prompt: 'a boat' }, 'happyhorse-1-1')).toMatchObject({
      request: { model: 'happyhorse-1.1-t2v' },
      estimate: { costNanoUsd: 900_000_000 },
    });
  });
});

describe('media', () => {
  const { ratio: _ratio, ...unshaped } = DEFAULTS;

  it('of one frame are i2v, which has no ratio and needs no prompt', () => {
    expect(prepare({ first_frame_url: PICTURE })).toEqual({
      ok: true,
      request: {
        model: 'happyhorse-1.0-i2v',
        input: { media: [{ type: 'first_frame', url: null }] },
        parameters: unshaped,
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

  it('of several references are r2v, in their order', () => {
    const sources = [PICTURE, 'input:01JD'];

    expect(
      prepare({ prompt: 'character1 meets character2', reference_image_urls: sources }),
    ).toMatchObject({
      request: {
        model: 'happyhorse-1.0-r2v',
        input: { media: sources.map(() => ({ type: 'reference_image', url: null })) },
        parameters: DEFAULTS,
      },
      media: sources.map((source, index) => ({ at: `/input/media/${index}/url`, source })),
    });
  });

  it('of a film are video-edit, whose length and price only the vendor knows', () => {
    const input = {
      prompt: 'make it snow',
      video_url: FILM,
      reference_image_urls: [PICTURE],
      provider_options: { audio_setting: 'origin' },
    };

    expect(prepare(input)).toMatchObject({
      request: {
        model: 'happyhorse-1.0-video-edit',
        input: { media: [{ type: 'video' }, { type: 'reference_image' }] },
        parameters: { resolution: '1080P', audio_setting: 'origin', watermark: false },
      },
      estimate: { unit: 'second', quantity: 15, costNanoUsd: null },
      media: [{ kind: 'video', as: 'url', source: FILM }, { kind: 'image' }],
    });
    expect(prepare(input)).not.toHaveProperty('request.parameters.duration');
    expect(prepare(input)).not.toHaveProperty('request.parameters.ratio');
  });

  it.each<[string, JsonObject, string]>([
    ['nothing at all', {}, 'input.prompt'],
    [
      'references without a prompt',
      { reference_image_urls: [PICTURE] },
      'input.reference_image_urls',
    ],
    ['a film without a prompt', { video_url: FILM }, 'input.video_url'],
    [
      'a frame beside references',
      { prompt: 'x', first_frame_url: PICTURE, reference_image_urls: [PICTURE] },
      'input.first_frame_url',
    ],
    [
      'a frame beside a ratio',
      { prompt: 'x', first_frame_url: PICTURE, aspect_ratio: '1:1' },
      'input.aspect_ratio',
    ],
    ['a film beside a length', { prompt: 'x', video_url: FILM, duration: 5 }, 'input.video_url'],
    [
      'a film beside six pictures',
      { prompt: 'x', video_url: FILM, reference_image_urls: Array(6).fill(PICTURE) },
      'input.reference_image_urls',
    ],
    [
      'a sound setting without a film',
      { prompt: 'x', provider_options: { audio_setting: 'auto' } },
      'input.provider_options',
    ],
    ['five of a kind', { prompt: 'x', n: 5 }, 'input.n'],
  ])('are refused: %s', (_, input, path) => {
    const paths = validateInput(modelOf('happyhorse-1-0'), input).map((issue) => issue.path);

    expect(paths).toContain(path);
  });

  it('of a film are unknown to 1.1', () => {
    expect(
      validateInput(modelOf('happyhorse-1-1'), { prompt: 'x', video_url: FILM }),
    ).toMatchObject([{ path: 'input.video_url' }]);
  });
});
