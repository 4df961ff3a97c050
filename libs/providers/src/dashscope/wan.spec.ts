import { describe, expect, it } from 'vitest';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { validateInput } from '../validate-input.js';
import { dashscope } from './dashscope.provider.js';
import { newerWanModels } from './wan-newer.models.js';
import { olderWanModels } from './wan-older.models.js';

const PICTURE = 'https://example.com/a.png';
const FILM = 'https://example.com/a.mp4';
const SOUND = 'https://example.com/a.mp3';

function modelOf(id: string): Model {
  const model = [...olderWanModels, ...newerWanModels].find((one) => one.id === id);
  if (!model) throw new Error(`no ${id}`);
  return model;
}
function prepare(id: string, input: JsonObject) {
  expect(validateInput(modelOf(id), input)).toEqual([]);
  return dashscope.prepare(input, modelOf(id));
}
const pathsOf = (id: string, input: JsonObject): readonly string[] => {
  const issues = validateInput(modelOf(id), input);
  if (issues.length > 0) return issues.map(({ path }) => path);
  const prepared = dashscope.prepare(input, modelOf(id));
  return prepared.ok ? [] : prepared.issues.map(({ path }) => path);
};
const requestOf = (id: string, input: JsonObject): JsonObject => {
  const prepared = prepare(id, input);
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.issues));
  return prepared.request;
};

describe('Wan up to 2.6', () => {
  it('says a measure and every default, and sends n to nobody', () => {
    expect(prepare('wan-2-5', { prompt: 'a boat', n: 3 })).toEqual({
      ok: true,
      request: {
        model: 'wan2.5-t2v-preview',
        input: { prompt: 'a boat' },
        parameters: { size: '1920*1080', duration: 5, prompt_extend: true, watermark: false },
      },
      estimate: { unit: 'second', quantity: 5, costNanoUsd: 750_000_000 },
    });
  });

  it.each<[string, string, string, string]>([
    ['wan-2-5', '480p', '16:9', '832*480'],
    ['wan-2-5', '480p', '9:16', '480*832'],
    ['wan-2-5', '480p', '1:1', '624*624'],
    ['wan-2-5', '720p', '4:3', '1088*832'],
    ['wan-2-6', '720p', '3:4', '832*1088'],
    ['wan-2-6', '720p', '1:1', '960*960'],
    ['wan-2-6', '1080p', '9:16', '1080*1920'],
    ['wan-2-6', '1080p', '4:3', '1632*1248'],
    ['wan-2-2', '1080p', '3:4', '1248*1632'],
  ])('%s makes %s in %s as %s', (id, resolution, aspect_ratio, size) => {
    const input = { prompt: 'a boat', resolution, aspect_ratio };

    expect(requestOf(id, input)).toMatchObject({ parameters: { size } });
  });

  it.each<[string, string, string, JsonObject, JsonObject]>([
    [
      'a frame is i2v with a class instead of a measure',
      'wan-2-6',
      'wan2.6-i2v',
      { first_frame_url: PICTURE, resolution: '720p', duration: 15, seed: 0 },
      {
        input: { img_url: null },
        parameters: {
          resolution: '720P',
          duration: 15,
          prompt_extend: true,
          watermark: false,
          seed: 0,
        },
      },
    ],
    [
      'a sound goes in beside the frame',
      'wan-2-5',
      'wan2.5-i2v-preview',
      { prompt: 'she sings', first_frame_url: PICTURE, audio_url: SOUND, resolution: '480p' },
      {
        input: { prompt: 'she sings', img_url: null, audio_url: null },
        parameters: { resolution: '480P', duration: 5, prompt_extend: true, watermark: false },
      },
    ],
    [
      'references are addresses, pictures first',
      'wan-2-6',
      'wan2.6-r2v',
      {
        prompt: 'character1 meets character2',
        reference_video_urls: [FILM],
        reference_image_urls: [PICTURE],
        provider_options: { shot_type: 'multi' },
      },
      {
        input: { prompt: 'character1 meets character2', reference_urls: [null, null] },
        parameters: { size: '1920*1080', duration: 5, shot_type: 'multi', watermark: false },
      },
    ],
    [
      'frames first and last are a model and a path of their own',
      'wan-2-2',
      'wan2.2-kf2v-flash',
      { first_frame_url: PICTURE, last_frame_url: PICTURE, negative_prompt: 'rain' },
      {
        input: { negative_prompt: 'rain', first_frame_url: null, last_frame_url: null },
        parameters: { resolution: '1080P', prompt_extend: true, watermark: false },
      },
    ],
    [
      'silence is asked for',
      'wan-2-5',
      'wan2.5-t2v-preview',
      { prompt: 'a boat', generate_audio: false, prompt_extend: false },
      {
        input: { prompt: 'a boat' },
        parameters: {
          size: '1920*1080',
          duration: 5,
          prompt_extend: false,
          audio: false,
          watermark: false,
        },
      },
    ],
  ])('%s', (_, id, model, input, expected) => {
    expect(requestOf(id, input)).toEqual({ model, ...expected });
  });

  it('takes pictures as data, but references, films and sounds by their address', () => {
    const frames = prepare('wan-2-5', { first_frame_url: PICTURE, audio_url: SOUND });
    const references = prepare('wan-2-6', {
      prompt: 'x',
      reference_image_urls: [PICTURE],
      reference_video_urls: [FILM],
    });

    expect(frames).toMatchObject({
      media: [
        { at: '/input/img_url', as: 'data-url', pixels: { minEdge: 360, maxEdge: 2000 } },
        { at: '/input/audio_url', as: 'url', kind: 'audio', maxBytes: 15_000_000 },
      ],
    });
    expect(references).toMatchObject({
      media: [
        { at: '/input/reference_urls/0', as: 'url', kind: 'image' },
        { at: '/input/reference_urls/1', as: 'url', kind: 'video' },
      ],
      estimate: { costNanoUsd: null },
    });
  });

  it.each<[string, string, JsonObject, string]>([
    ['nothing at all', 'wan-2-5', {}, 'input.prompt'],
    [
      'a shape beside a frame',
      'wan-2-5',
      { first_frame_url: PICTURE, aspect_ratio: '1:1' },
      'input.aspect_ratio',
    ],
    [
      'a shape that 480p lacks',
      'wan-2-5',
      { prompt: 'x', resolution: '480p', aspect_ratio: '4:3' },
      'input.aspect_ratio',
    ],
    ['480p in 2.6', 'wan-2-6', { prompt: 'x', resolution: '480p' }, 'input.resolution'],
    ['seven seconds in 2.5', 'wan-2-5', { prompt: 'x', duration: 7 }, 'input.duration'],
    ['a length in 2.2', 'wan-2-2', { prompt: 'x', duration: 5 }, 'input.duration'],
    [
      'a last frame alone',
      'wan-2-2',
      { prompt: 'x', last_frame_url: PICTURE },
      'input.last_frame_url',
    ],
    [
      'silence beside a sound',
      'wan-2-6',
      { prompt: 'x', audio_url: SOUND, generate_audio: false },
      'input.generate_audio',
    ],
    [
      'a reference without a prompt',
      'wan-2-6',
      { reference_video_urls: [FILM] },
      'input.reference_video_urls',
    ],
    [
      'a reference beside a frame',
      'wan-2-6',
      { prompt: 'x', reference_image_urls: [PICTURE], first_frame_url: PICTURE },
      'input.reference_image_urls',
    ],
    [
      'eleven seconds with a reference',
      'wan-2-6',
      { prompt: 'x', reference_image_urls: [PICTURE], duration: 11 },
      'input.duration',
    ],
    [
      'six references',
      'wan-2-6',
      {
        prompt: 'x',
        reference_image_urls: Array(3).fill(PICTURE),
        reference_video_urls: Array(3).fill(FILM),
      },
      'input.reference_video_urls',
    ],
    [
      'several shots of a plain prompt',
      'wan-2-6',
      { prompt: 'x', prompt_extend: false, provider_options: { shot_type: 'multi' } },
      'input.provider_options',
    ],
  ])('refuses %s', (_, id, input, path) => {
    expect(pathsOf(id, input)).toContain(path);
  });
});

describe('Wan 2.7', () => {
  const PLAIN = { resolution: '1080P', duration: 5, prompt_extend: true, watermark: false };

  it.each<[string, string, JsonObject, JsonObject]>([
    [
      'a prompt, with a sound beside it',
      'wan2.7-t2v',
      { prompt: 'a boat', audio_url: SOUND },
      {
        input: { prompt: 'a boat', audio_url: null },
        parameters: { ...PLAIN, ratio: '16:9' },
      },
    ],
    [
      'a frame, with a sound that drives it',
      'wan2.7-i2v',
      { first_frame_url: PICTURE, audio_url: SOUND },
      {
        input: {
          media: [
            { type: 'first_frame', url: null },
            { type: 'driving_audio', url: null },
          ],
        },
        parameters: PLAIN,
      },
    ],
    [
      'two frames',
      'wan2.7-i2v',
      { first_frame_url: PICTURE, last_frame_url: PICTURE, resolution: '720p', duration: 2 },
      {
        input: {
          media: [
            { type: 'first_frame', url: null },
            { type: 'last_frame', url: null },
          ],
        },
        parameters: { ...PLAIN, resolution: '720P', duration: 2 },
      },
    ],
    [
      'references that begin with a frame',
      'wan2.7-r2v',
      {
        prompt: 'Image 1 meets Video 1',
        first_frame_url: PICTURE,
        reference_image_urls: [PICTURE],
        reference_video_urls: [FILM],
      },
      {
        input: {
          prompt: 'Image 1 meets Video 1',
          media: [
            { type: 'reference_image', url: null },
            { type: 'reference_video', url: null },
            { type: 'first_frame', url: null },
          ],
        },
        parameters: PLAIN,
      },
    ],
    [
      'a film to change, which keeps its length and shape',
      'wan2.7-videoedit',
      { video_url: FILM, reference_image_urls: [PICTURE], prompt: 'as in Image 1', seed: 3 },
      {
        input: {
          prompt: 'as in Image 1',
          media: [
            { type: 'video', url: null },
            { type: 'reference_image', url: null },
          ],
        },
        parameters: { resolution: '1080P', prompt_extend: true, watermark: false, seed: 3 },
      },
    ],
  ])('%s', (_, model, input, expected) => {
    expect(requestOf('wan-2-7', input)).toEqual({ model, ...expected });
  });

  it.each<[string, JsonObject, string]>([
    [
      'a shape beside a frame',
      { first_frame_url: PICTURE, aspect_ratio: '1:1' },
      'input.aspect_ratio',
    ],
    ['a last frame alone', { prompt: 'x', last_frame_url: PICTURE }, 'input.last_frame_url'],
    ['a film beside a frame', { video_url: FILM, first_frame_url: PICTURE }, 'input.video_url'],
    [
      'a film beside four pictures',
      { prompt: 'x', video_url: FILM, reference_image_urls: Array(4).fill(PICTURE) },
      'input.reference_image_urls',
    ],
    ['eleven seconds of a film', { video_url: FILM, duration: 11 }, 'input.duration'],
    [
      'six references',
      { prompt: 'x', reference_image_urls: Array(5).fill(PICTURE), reference_video_urls: [FILM] },
      'input.reference_video_urls',
    ],
    ['a switch for the sound', { prompt: 'x', generate_audio: false }, 'input.generate_audio'],
    [
      'a sound setting without a film',
      { prompt: 'x', provider_options: { audio_setting: 'auto' } },
      'input.provider_options',
    ],
  ])('refuses %s', (_, input, path) => {
    expect(pathsOf('wan-2-7', input)).toContain(path);
  });

  it('is charged by the second where nothing goes in that is charged too', () => {
    expect(prepare('wan-2-7', { prompt: 'x', duration: 2 })).toMatchObject({
      estimate: { unit: 'second', quantity: 2, costNanoUsd: 300_000_000 },
    });
    expect(prepare('wan-2-7', { video_url: FILM })).toMatchObject({
      estimate: { unit: 'second', quantity: 10, costNanoUsd: null },
    });
  });
});

describe('Wan 3.0', () => {
  it.each([
    ['wan-3-0', 'wan3.0-video'],
    ['wan-3-0-prime', 'wan3.0-video-prime'],
  ])('%s is one model of the vendor for everything, at a price that nobody lists', (id, model) => {
    const input = { prompt: 'a boat', first_frame_url: PICTURE, last_frame_url: PICTURE };

    expect(prepare(id, input)).toMatchObject({
      request: {
        model,
        input: { prompt: 'a boat', media: [{ type: 'first_frame' }, { type: 'last_frame' }] },
        parameters: {
          resolution: '720P',
          ratio: 'adaptive',
          duration: 5,
          audio: true,
          prompt_extend: true,
        },
      },
      estimate: { unit: 'second', quantity: 5, costNanoUsd: null },
    });
    expect(modelOf(id).note).toContain('workspace');
  });

  it('takes references of three kinds, but none beside a frame', () => {
    const references = {
      reference_image_urls: [PICTURE],
      reference_video_urls: [FILM],
      reference_audio_urls: [SOUND],
    };

    expect(requestOf('wan-3-0', { prompt: 'x', ...references })).toMatchObject({
      input: {
        media: [
          { type: 'reference_image' },
          { type: 'reference_video' },
          { type: 'reference_audio' },
        ],
      },
    });
    expect(pathsOf('wan-3-0', { prompt: 'x', first_frame_url: PICTURE, ...references })).toEqual([
      'input.first_frame_url',
    ]);
    expect(pathsOf('wan-3-0', { prompt: 'x', watermark: false })).toEqual(['input.watermark']);
  });
});
