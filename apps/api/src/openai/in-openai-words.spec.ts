import { GatewayError } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { inOpenAiWords } from './in-openai-words.js';

const RENAMED = { duration: 'seconds', image_urls: 'image' };
const refusal = (message: string, param?: string) =>
  new GatewayError('INVALID_REQUEST', message, { param });

describe('a refusal of the input', () => {
  it.each([
    ['input.seed: 7 is not taken', 'input.seed', 'seed: 7 is not taken', 'seed'],
    ['input.duration: 5 is not taken', 'input.duration', 'seconds: 5 is not taken', 'seconds'],
    ['input.image_urls.2: no', 'input.image_urls.2', 'image: no', 'image'],
    ['input.a.b: no; input.duration: no', 'input.a.b', 'a.b: no; seconds: no', 'a.b'],
    ['input.size: write input.size: so', 'input.size', 'size: write input.size: so', 'size'],
    ['input.toString: no', 'input.toString', 'toString: no', 'toString'],
  ])('%s', (message, param, expected, field) => {
    expect(inOpenAiWords(refusal(message, param), RENAMED)).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expected,
      param: field,
    });
  });

  it('is left alone when it is about something else', () => {
    for (const error of [refusal('no', 'model'), refusal('no'), new Error('bug'), 'text']) {
      expect(inOpenAiWords(error, RENAMED)).toBe(error);
    }
  });
});
