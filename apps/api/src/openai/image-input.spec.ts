import type { JsonObject, Model } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { type ImageFiles, imageRequest } from './image-input.js';
import { modelWith } from './testing/model-with.js';

const SIZED = modelWith({
  prompt: { type: 'string' },
  size: { type: 'string' },
  n: { type: 'integer' },
  quality: { enum: ['auto', 'low', 'high'] },
  safety: { enum: ['auto', 'low'] },
  image_urls: { type: 'array' },
  mask_url: { type: 'string' },
});
const SHAPED = modelWith({
  prompt: { type: 'string' },
  aspect_ratio: { enum: ['1:1', '16:9', '4:3'] },
  safety: { type: 'integer' },
  reference_image_urls: { type: 'array' },
});
const BARE = modelWith({ prompt: { type: 'string' } });

const inputOf = (more: JsonObject, model: Model) =>
  imageRequest({ model: model.id, prompt: 'a boat', ...more }, model).input;

const ask = (more: JsonObject) => {
  const { format, stream } = imageRequest({ prompt: 'a', ...more }, BARE);
  return { format, stream };
};

describe('a request for pictures', () => {
  it.each<[string, JsonObject, Model, JsonObject]>([
    ['nothing more', {}, BARE, {}],
    ['a size as it is', { size: '1024x768' }, SIZED, { size: '1024x768' }],
    ['no size for auto', { size: 'auto' }, SIZED, {}],
    ['a size as an exact shape', { size: '1280x720' }, SHAPED, { aspect_ratio: '16:9' }],
    ['several', { n: 3 }, SIZED, { n: 3 }],
    ['one, where the model knows one', { n: 1 }, SIZED, { n: 1 }],
    ['one, where the model makes no more', { n: 1 }, BARE, {}],
    ['more than the model makes, for its schema to refuse', { n: 2 }, BARE, { n: 2 }],
    ['a quality', { quality: 'low' }, SIZED, { quality: 'low' }],
    ['a word that the model knows too', { quality: 'auto' }, SIZED, { quality: 'auto' }],
    ['words that ask for nothing', { quality: 'auto', background: 'auto' }, BARE, {}],
    ['moderation as safety', { moderation: 'low' }, SIZED, { safety: 'low' }],
    ['moderation that asks for nothing', { moderation: 'auto' }, SHAPED, {}],
    ['who the end user is', { user: 'u-1', safety_identifier: 's-1' }, BARE, {}],
    ['nulls of OpenAI’s own fields', { n: null, size: null, user: null, stream: null }, BARE, {}],
    [
      'further fields of the model',
      { seed: 7, provider_options: { a: [1] } },
      BARE,
      { seed: 7, provider_options: { a: [1] } },
    ],
    [
      'what it does not know, for the schema to refuse',
      { style: 'vivid' },
      BARE,
      { style: 'vivid' },
    ],
    [
      'the shape of the answer, which is none of the input',
      { response_format: 'url', stream: true, partial_images: 2 },
      BARE,
      {},
    ],
  ])('becomes an input: %s', (_, more, model, expected) => {
    expect(inputOf(more, model)).toEqual({ prompt: 'a boat', ...expected });
  });

  it.each<[JsonObject, Model, string, RegExp]>([
    [{ size: '1000x700' }, SHAPED, 'size', /exactly 1:1, 16:9, 4:3/],
    [{ size: 'big' }, SHAPED, 'size', /auto/],
    [{ size: { width: 1 } }, SHAPED, 'size', /not taken/],
    [{ size: '1024x1024' }, BARE, 'size', /takes no size/],
    [{ size: '1024x1024', aspect_ratio: '16:9' }, SHAPED, 'size', /leave one of them out/],
    [{ moderation: 'low' }, SHAPED, 'moderation', /scale of its own in safety/],
    [{ moderation: 'low' }, BARE, 'moderation', /not taken/],
    [{ moderation: 'low', safety: 'auto' }, SIZED, 'moderation', /leave one of them out/],
    [{ user: 7 }, BARE, 'user', /give a text/],
    [{ response_format: 'png' }, BARE, 'response_format', /b64_json, url/],
    [{ stream: 'yes' }, BARE, 'stream', /true or false/],
    [{ partial_images: 4 }, BARE, 'partial_images', /0 to 3/],
    [{ partial_images: [] }, BARE, 'partial_images', /0 to 3/],
  ])('is refused in words that help: %j', (more, model, param, message) => {
    expect(() => inputOf(more, model)).toThrow(expect.objectContaining({ param }));
    expect(() => inputOf(more, model)).toThrow(message);
  });

  it('says how it wants its answer', () => {
    expect(ask({})).toEqual({ format: 'b64_json', stream: false });
    expect(ask({ response_format: 'url', stream: true })).toEqual({ format: 'url', stream: true });
  });
});

const NO_FILES: ImageFiles = { pictures: [], mask: null };
const URL_A = 'https://pictures.example/a.png';

const editOf = (more: JsonObject, model: Model, files = NO_FILES) =>
  imageRequest({ model: model.id, prompt: 'a hat', ...more }, model, files).input;

describe('an edit', () => {
  it.each<[string, JsonObject, Model, ImageFiles, JsonObject]>([
    [
      'files',
      {},
      SIZED,
      { pictures: ['input:1', 'input:2'], mask: 'input:3' },
      { image_urls: ['input:1', 'input:2'], mask_url: 'input:3' },
    ],
    [
      'addresses',
      { images: [{ image_url: URL_A }], mask: { image_url: URL_A } },
      SIZED,
      NO_FILES,
      { image_urls: [URL_A], mask_url: URL_A },
    ],
    ['the model’s own field', { image_urls: [URL_A] }, SIZED, NO_FILES, { image_urls: [URL_A] }],
    [
      'a model with references alone',
      {},
      SHAPED,
      { pictures: ['input:1'], mask: null },
      { reference_image_urls: ['input:1'] },
    ],
  ])('takes %s', (_, more, model, files, expected) => {
    expect(editOf(more, model, files)).toEqual({ prompt: 'a hat', ...expected });
  });

  it.each<[JsonObject, Model, ImageFiles, string]>([
    [{}, SIZED, NO_FILES, 'image'],
    [{}, BARE, { pictures: ['input:1'], mask: null }, 'image'],
    [{ images: [{ file_id: 'file-1' }] }, SIZED, NO_FILES, 'images.0'],
    [{ images: [URL_A] }, SIZED, NO_FILES, 'images.0'],
    [{ images: [{ image_url: URL_A, detail: 'low' }] }, SIZED, NO_FILES, 'images.0.detail'],
    [{ images: 'x' }, SIZED, NO_FILES, 'images'],
    [{ images: [{ image_url: URL_A }], image_urls: [URL_A] }, SIZED, NO_FILES, 'image'],
    [{ mask: 7, images: [{ image_url: URL_A }] }, SIZED, NO_FILES, 'mask'],
    [{}, SHAPED, { pictures: ['input:1'], mask: 'input:2' }, 'mask'],
    [{ mask_url: URL_A }, SIZED, { pictures: ['input:1'], mask: 'input:2' }, 'mask'],
  ])('is refused, naming the field: %j', (more, model, files, param) => {
    expect(() => editOf(more, model, files)).toThrow(expect.objectContaining({ param }));
  });
});
