import { describe, expect, it } from 'vitest';
import { Catalog } from '../catalog.js';
import type { JsonObject, Prepared } from '../provider.js';
import { validateInput } from '../validate-input.js';
import { ark } from './ark.provider.js';
import { seedanceModels } from './seedance.models.js';

const A = 'https://example.com/a.png';
const FILM = 'https://example.com/a.mp4';
const SOUND = 'https://example.com/a.mp3';

function modelOf(id: string) {
  const model = seedanceModels.find((candidate) => candidate.id === id);
  if (!model) throw new Error(`no ${id}`);
  return model;
}

function prepare(id: string, input: JsonObject = {}): Prepared {
  const whole = { prompt: 'a cat', ...input };
  expect(validateInput(modelOf(id), whole)).toEqual([]);
  return ark.prepare(whole, modelOf(id));
}

const issuesOf = (id: string, input: JsonObject) =>
  validateInput(modelOf(id), { prompt: 'a cat', ...input });

describe('a film out of words', () => {
  it('says every choice outright', () => {
    expect(prepare('seedance-2-0')).toEqual({
      ok: true,
      request: {
        model: 'dreamina-seedance-2-0-260128',
        content: [{ type: 'text', text: 'a cat' }],
        resolution: '720p',
        ratio: '16:9',
        duration: 5,
        generate_audio: true,
        watermark: false,
      },
      estimate: { unit: 'token', quantity: 108_000, costNanoUsd: 756_000_000 },
    });
  });

  it.each<[string, JsonObject, JsonObject, number | null]>([
    ['seedance-2-5', {}, { model: 'dreamina-seedance-2-5-260628' }, 1_155_600_000],
    ['seedance-2-5', { resolution: '1080p' }, { resolution: '1080p' }, 2_843_100_000],
    ['seedance-2-5', { resolution: '480p' }, { resolution: '480p' }, 514_008_794],
    ['seedance-2-0', { resolution: '4k' }, { resolution: '4k' }, 3_888_000_000],
    ['seedance-2-0-fast', {}, { model: 'dreamina-seedance-2-0-fast-260128' }, 604_800_000],
    ['seedance-2-0-mini', {}, { model: 'dreamina-seedance-2-0-mini-260615' }, 378_000_000],
    ['seedance-1-5-pro', {}, { model: 'seedance-1-5-pro-251215' }, 259_200_000],
    ['seedance-1-5-pro', { generate_audio: false }, { generate_audio: false }, 129_600_000],
    ['seedance-1-0', { seed: 7 }, { model: 'seedance-1-0-pro-250528', seed: 7 }, 257_400_000],
    ['seedance-1-0-pro-fast', {}, { model: 'seedance-1-0-pro-fast-251015' }, 102_960_000],
    ['seedance-1-0-lite', {}, { model: 'seedance-1-0-lite-t2v-250428' }, 185_328_000],
    [
      'seedance-1-0',
      { provider_options: { camera_fixed: true } },
      { camera_fixed: true },
      257_400_000,
    ],
    ['seedance-2-0', { aspect_ratio: 'adaptive' }, { ratio: 'adaptive' }, 760_900_000],
    ['seedance-2-0', { watermark: true }, { watermark: true }, 756_000_000],
  ])('%s with %o', (id, input, expected, costNanoUsd) => {
    const prepared = prepare(id, input);

    expect(prepared).toMatchObject({ ok: true, request: expected });
    if (!prepared.ok) return;
    expect(Math.abs((prepared.estimate.costNanoUsd ?? 0) - (costNanoUsd ?? 0))).toBeLessThan(1e6);
  });

  it('sends nothing that the model lacks', () => {
    const prepared = prepare('seedance-1-0');

    expect(prepared).not.toHaveProperty('request.generate_audio');
    expect(prepare('seedance-2-5')).not.toHaveProperty('request.seed');
  });
});

describe('a film out of pictures, films and sounds', () => {
  it('has frames in their roles, and the shape of the first', () => {
    expect(
      prepare('seedance-2-5', { first_frame_url: A, last_frame_url: 'input:7' }),
    ).toMatchObject({
      request: {
        content: [
          { type: 'text', text: 'a cat' },
          { type: 'image_url', image_url: { url: null }, role: 'first_frame' },
          { type: 'image_url', image_url: { url: null }, role: 'last_frame' },
        ],
        ratio: 'adaptive',
      },
      media: [
        {
          at: '/content/1/image_url/url',
          field: 'input.first_frame_url',
          source: A,
          as: 'data-url',
          pixels: { minEdge: 300, maxEdge: 6000, maxRatio: 2.5 },
        },
        { at: '/content/2/image_url/url', field: 'input.last_frame_url', source: 'input:7' },
      ],
    });
  });

  it('has references in their roles; a film goes by its URL, and makes the price unknown', () => {
    expect(
      prepare('seedance-2-0', {
        reference_image_urls: [A, A],
        reference_video_urls: [FILM],
        reference_audio_urls: [SOUND],
      }),
    ).toMatchObject({
      request: {
        content: [
          { type: 'text' },
          { type: 'image_url', role: 'reference_image' },
          { type: 'image_url', role: 'reference_image' },
          { type: 'video_url', video_url: { url: null }, role: 'reference_video' },
          { type: 'audio_url', audio_url: { url: null }, role: 'reference_audio' },
        ],
        ratio: '16:9',
      },
      estimate: { quantity: 108_000, costNanoUsd: null },
      media: [
        { at: '/content/1/image_url/url', field: 'input.reference_image_urls.0' },
        { at: '/content/2/image_url/url', field: 'input.reference_image_urls.1' },
        { at: '/content/3/video_url/url', as: 'url', kind: 'video' },
        { at: '/content/4/audio_url/url', as: 'data-url', kind: 'audio' },
      ],
    });
  });

  it('is another model of 1.0 Lite', () => {
    const model = 'seedance-1-0-lite-i2v-250428';
    for (const input of [{ first_frame_url: A }, { reference_image_urls: [A] }]) {
      expect(prepare('seedance-1-0-lite', input)).toMatchObject({ request: { model } });
    }
  });

  it.each<[string, JsonObject, string, RegExp]>([
    ['seedance-2-5', { duration: 31 }, 'input.duration', /4 to 30/],
    ['seedance-2-5', { duration: 3 }, 'input.duration', /4 to 30/],
    ['seedance-2-0', { duration: 16 }, 'input.duration', /4 to 15/],
    ['seedance-1-5-pro', { duration: 13 }, 'input.duration', /4 to 12/],
    ['seedance-1-0', { duration: 1 }, 'input.duration', /2 to 12/],
    ['seedance-2-0', { duration: 5.5 }, 'input.duration', /whole number/],
    ['seedance-2-5', { resolution: '4k' }, 'input.resolution', /480p, 720p, 1080p/],
    ['seedance-2-0-fast', { resolution: '1080p' }, 'input.resolution', /480p, 720p/],
    ['seedance-2-0', { seed: 1 }, 'input.seed', /Unknown field/],
    ['seedance-2-0', { n: 5 }, 'input.n', /1 to 4/],
    ['seedance-1-0', { generate_audio: true }, 'input.generate_audio', /Unknown field/],
    ['seedance-1-0', { reference_image_urls: [A] }, 'input.reference_image_urls', /Unknown/],
    ['seedance-1-0-pro-fast', { last_frame_url: A }, 'input.last_frame_url', /Unknown field/],
    ['seedance-2-0', { last_frame_url: A }, 'input.last_frame_url', /first_frame_url/],
    [
      'seedance-2-0',
      { reference_image_urls: Array(10).fill(A) },
      'input.reference_image_urls',
      /1 to 9/,
    ],
    [
      'seedance-2-0',
      { reference_video_urls: Array(4).fill(FILM) },
      'input.reference_video_urls',
      /1 to 3/,
    ],
    ['seedance-2-0', { reference_audio_urls: [SOUND] }, 'input.reference_audio_urls', /needs/],
    [
      'seedance-2-0',
      { first_frame_url: A, reference_image_urls: [A] },
      'input.first_frame_url',
      /excludes/,
    ],
    [
      'seedance-2-0',
      { first_frame_url: A, reference_audio_urls: [SOUND], reference_image_urls: [A] },
      'input.first_frame_url',
      /excludes/,
    ],
    [
      'seedance-2-5',
      { first_frame_url: A, aspect_ratio: '16:9' },
      'input.aspect_ratio',
      /adaptive/,
    ],
    ['seedance-1-0', { aspect_ratio: 'adaptive' }, 'input.aspect_ratio', /first_frame_url/],
    ['seedance-1-0', { aspect_ratio: '2:1' }, 'input.aspect_ratio', /21:9/],
    [
      'seedance-1-0-lite',
      { reference_image_urls: [A], resolution: '1080p' },
      'input.resolution',
      /720p/,
    ],
    [
      'seedance-1-0-lite',
      { reference_image_urls: [A], provider_options: { camera_fixed: true } },
      'input.reference_image_urls',
      /excludes/,
    ],
    [
      'seedance-1-5-pro',
      { provider_options: { service_tier: 'flex' } },
      'input.provider_options.service_tier',
      /Unknown/,
    ],
    [
      'seedance-1-5-pro',
      { provider_options: { callback_url: 'https://a.example' } },
      'input.provider_options.callback_url',
      /Unknown/,
    ],
    ['seedance-2-0', { provider_options: {} }, 'input.provider_options', /Unknown field/],
  ])('%s refuses %o', (id, input, path, message) => {
    expect(issuesOf(id, input)).toContainEqual({ path, message: expect.stringMatching(message) });
  });

  it('takes sound alone where the vendor does', () => {
    expect(issuesOf('seedance-2-5', { reference_audio_urls: [SOUND] })).toEqual([]);
  });
});

describe('a prompt', () => {
  it.each([
    'a cat --rs 1080p',
    'a cat --duration 12',
    'a cat--dur 12',
    'a cat -- resolution 4k',
    '--wm true a cat',
    'a cat\n--SEED 3',
    'a cat --ar 16:9',
  ])('%j would set something, and is refused', (prompt) => {
    for (const model of [modelOf('seedance-1-0'), modelOf('seedance-2-5')]) {
      expect(ark.prepare({ prompt }, model)).toMatchObject({
        ok: false,
        issues: [{ path: 'input.prompt', message: expect.stringMatching(/setting/) }],
      });
    }
  });

  it.each([
    'a cat -- and a dog',
    'a cat — slowly',
    'a well-made film',
    'count --5, --4',
    'a hall -- frames on the wall',
    'a cat--slow',
  ])('%j sets nothing', (prompt) => {
    expect(ark.prepare({ prompt }, modelOf('seedance-1-0')).ok).toBe(true);
  });
});

describe('the names of the models', () => {
  it.each([
    ['seedance', 'seedance-2-5'],
    ['seedance-2.5', 'seedance-2-5'],
    ['doubao-seedance-2-0-260128', 'seedance-2-0'],
    ['seedance-1.0-pro', 'seedance-1-0'],
    ['seedance-1-0-lite-i2v-250428', 'seedance-1-0-lite'],
    ['seedream', 'seedream-5-0-pro'],
    ['seedream-4.5', 'seedream-4-5'],
  ])('%s is %s', (name, id) => {
    expect(new Catalog().find(name)).toMatchObject({ found: true, model: { id } });
  });
});
