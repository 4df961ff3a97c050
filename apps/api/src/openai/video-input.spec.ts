import type { JsonObject, Model } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { modelWith } from './testing/model-with.js';
import { videoInput, videoSizes } from './video-input.js';

const VEO_LIKE = modelWith(
  {
    prompt: { type: 'string' },
    duration: { enum: [4, 6, 8], default: 8 },
    aspect_ratio: { enum: ['16:9', '9:16', '1:1'] },
    resolution: { enum: ['480p', '720p', '4k'] },
    first_frame_url: { type: 'string' },
  },
  'video',
);
const SIZED = modelWith({ prompt: {}, size: { enum: ['720x1280'] }, image_urls: {} }, 'video');
const BARE = modelWith({ prompt: {} }, 'video');

const inputOf = (more: JsonObject, model: Model, file: string | null = null) =>
  videoInput({ model: model.id, prompt: 'a boat', ...more }, model, file);

describe('a request for a film', () => {
  it.each<[string, JsonObject, Model, JsonObject]>([
    ['nothing more', {}, BARE, {}],
    ['seconds as text', { seconds: '8' }, VEO_LIKE, { duration: 8 }],
    ['seconds as a number', { seconds: 6 }, VEO_LIKE, { duration: 6 }],
    [
      'seconds that the model lacks, for its schema to refuse',
      { seconds: '5' },
      VEO_LIKE,
      { duration: 5 },
    ],
    ['a size', { size: '1280x720' }, VEO_LIKE, { aspect_ratio: '16:9', resolution: '720p' }],
    [
      'an upright size',
      { size: '2160x3840' },
      VEO_LIKE,
      { aspect_ratio: '9:16', resolution: '4k' },
    ],
    ['a size of a model that takes sizes', { size: '720x1280' }, SIZED, { size: '720x1280' }],
    [
      'a picture',
      { input_reference: { image_url: 'https://a.example/b' } },
      VEO_LIKE,
      { first_frame_url: 'https://a.example/b' },
    ],
    [
      'a picture of a model with a list',
      { input_reference: { image_url: 'https://a.example/b' } },
      SIZED,
      { image_urls: ['https://a.example/b'] },
    ],
    ['nulls', { seconds: null, size: null, input_reference: null }, BARE, {}],
    ['further fields of the model', { seed: 7 }, VEO_LIKE, { seed: 7 }],
  ])('becomes an input: %s', (_, more, model, expected) => {
    expect(inputOf(more, model)).toEqual({ prompt: 'a boat', ...expected });
  });

  it('takes a file as the picture that the film begins with', () => {
    expect(inputOf({}, VEO_LIKE, 'input:1')).toEqual({
      prompt: 'a boat',
      first_frame_url: 'input:1',
    });
  });

  it.each<[JsonObject, Model, string, RegExp]>([
    [{ seconds: 'eight' }, VEO_LIKE, 'seconds', /whole seconds/],
    [{ seconds: [8] }, VEO_LIKE, 'seconds', /whole seconds/],
    [{ seconds: '8' }, BARE, 'seconds', /takes no seconds/],
    [{ seconds: '8', duration: 8 }, VEO_LIKE, 'seconds', /leave one of them out/],
    [{ size: '1792x1024' }, VEO_LIKE, 'size', /1280x720, 720x1280, 3840x2160/],
    [{ size: '720x720' }, VEO_LIKE, 'size', /aspect_ratio and resolution/],
    [{ size: '1280x720', resolution: '4k' }, VEO_LIKE, 'size', /leave one of them out/],
    [{ size: 7 }, BARE, 'size', /takes no size/],
    [
      { input_reference: { file_id: 'file-1' } },
      VEO_LIKE,
      'input_reference',
      /files of the upstream/,
    ],
    [{ input_reference: 'x' }, VEO_LIKE, 'input_reference', /image_url/],
    [{ input_reference: { image_url: 'https://a' } }, BARE, 'input_reference', /takes no picture/],
  ])('is refused in words that help: %j', (more, model, param, message) => {
    expect(() => inputOf(more, model)).toThrow(expect.objectContaining({ param }));
    expect(() => inputOf(more, model)).toThrow(message);
  });

  it('refuses a picture that comes twice', () => {
    const body = { input_reference: { image_url: 'https://a.example/b' } };

    expect(() => inputOf(body, VEO_LIKE, 'input:1')).toThrow(/leave one of them out/);
  });

  it('knows no size where nobody agrees on one', () => {
    expect([...videoSizes(VEO_LIKE).keys()]).toEqual([
      '1280x720',
      '720x1280',
      '3840x2160',
      '2160x3840',
    ]);
  });
});
