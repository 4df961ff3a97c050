import { describe, expect, it } from 'vitest';
import { assertOutputKey, outputKey } from './output-key.js';

describe('keys of the output store', () => {
  it('names an output by task and number', () => {
    expect(outputKey('tk-01JDXYZ', 0)).toBe('outputs/tk-01jdxyz/0');
    expect(() => outputKey('../../etc', 0)).toThrow('is not a key');
  });

  it.each(['a', 'a/b', 'a-b_c.d/e', '0/1.png', 'a'.repeat(200)])('takes %j', (key) => {
    expect(() => assertOutputKey(key)).not.toThrow();
  });

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/../b',
    'a/./b',
    'a/.hidden',
    'A',
    'a b',
    'a\\b',
    'a\0b',
    'a~b',
    'a%2fb',
    'ä',
    'a\n',
    'a'.repeat(201),
  ])('refuses %j', (key) => {
    expect(() => assertOutputKey(key)).toThrow('is not a key of the output store');
  });
});
