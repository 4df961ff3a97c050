import { describe, expect, it } from 'vitest';
import { Catalog } from './catalog.js';
import type { Model } from './model.js';
import { validateInput } from './validate-input.js';

function model(id: string): Model {
  const lookup = new Catalog().find(id);
  if (!lookup.found) throw new Error(lookup.message);
  return lookup.model;
}

describe('validateInput', () => {
  it.each<[string, string, unknown, string, string]>([
    [
      'an unknown field, with the fields taken',
      'flux-2-pro',
      { prompt: 'a', negative_prompt: 'b' },
      'input.negative_prompt',
      'Unknown field "negative_prompt"; flux-2-pro takes prompt, image_urls, aspect_ratio, resolution, size, seed, n, output_format, safety',
    ],
    ['a missing field', 'veo-3-1', {}, 'input.prompt', 'prompt is required'],
    [
      'a value off the list',
      'veo-3-1',
      { prompt: 'a', aspect_ratio: '5:3' },
      'input.aspect_ratio',
      '"5:3" is not taken; use one of 16:9, 9:16',
    ],
    [
      'a number off the list',
      'veo-3-1',
      { prompt: 'a', duration: 5 },
      'input.duration',
      '5 is not taken; use one of 4, 6, 8',
    ],
    [
      'a number out of range',
      'gpt-image-2',
      { prompt: 'a', n: 11 },
      'input.n',
      '11 is out of range; give 1 to 10',
    ],
    [
      'a wrong type',
      'gpt-image-2',
      { prompt: 'a', n: '2' },
      'input.n',
      '"2" is not taken; give a whole number',
    ],
    [
      'a fraction',
      'gpt-image-2',
      { prompt: 'a', n: 1.5 },
      'input.n',
      '1.5 is not taken; give a whole number',
    ],
    [
      'a text too long, without repeating it',
      'qwen-image-2-0',
      { prompt: 'é'.repeat(801) },
      'input.prompt',
      '801 characters are not taken; give 1 to 800',
    ],
    [
      'an empty text',
      'veo-3-1',
      { prompt: '' },
      'input.prompt',
      '0 characters are not taken; give 1 to 32000',
    ],
    [
      'a malformed size',
      'flux-2-pro',
      { prompt: 'a', size: '1024*1024' },
      'input.size',
      '"1024*1024" is not taken; write it like "1024x1024"',
    ],
    ['no object', 'veo-3-1', 'a cat', 'input', '"a cat" is not taken; give an object'],
    ['a list', 'veo-3-1', [], 'input', '[] is not taken; give an object'],
    ['null', 'veo-3-1', null, 'input', 'null is not taken; give an object'],
  ])('explains %s', (_, id, input, path, message) => {
    expect(validateInput(model(id), input)).toEqual([{ path, message }]);
  });

  it('tells everything that is wrong at once, but not without end', () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`x${index}`, 1]),
    );

    expect(validateInput(model('veo-3-1'), { n: 9, duration: 1 })).toHaveLength(3);
    expect(validateInput(model('veo-3-1'), unknown)).toHaveLength(20);
  });

  it('counts characters as people do not bytes', () => {
    expect(validateInput(model('qwen-image-2-0'), { prompt: '🐴'.repeat(800) })).toEqual([]);
  });

  it('leaves the input as it was', () => {
    const input = { prompt: 'a' };

    validateInput(model('veo-3-1'), input);

    expect(input).toEqual({ prompt: 'a' });
  });
});
