import { describe, expect, it } from 'vitest';
import { FAULTS, readDirections } from './read-directions.js';

describe('readDirections', () => {
  it.each([
    ['a plain prompt', { delayMs: null, fault: null, text: 'a plain prompt' }],
    ['slow [[delay:5s]] cat', { delayMs: 5000, fault: null, text: 'slow cat' }],
    ['[[delay:250ms]]', { delayMs: 250, fault: null, text: '' }],
    [
      'x [[fault:hang]]',
      { delayMs: null, fault: { name: 'hang', firstRequests: null }, text: 'x' },
    ],
    [
      '[[fault:error-429:2]] x [[delay:0s]]',
      { delayMs: 0, fault: { name: 'error-429', firstRequests: 2 }, text: 'x' },
    ],
    [
      '[[note]] is not a direction',
      { delayMs: null, fault: null, text: '[[note]] is not a direction' },
    ],
  ])('reads %j', (prompt, directions) => {
    expect(readDirections(prompt)).toEqual({ ok: true, directions });
  });

  it.each(FAULTS)('knows the fault %s', (name) => {
    expect(readDirections(`[[fault:${name}]]`)).toMatchObject({ directions: { fault: { name } } });
  });

  it.each([
    '[[delay:5]]',
    '[[delay:-1s]]',
    '[[delay:]]',
    '[[fault:eror-429]]',
    '[[fault:hang:0]]',
    '[[fault:hang:x]]',
    '[[fault:hang]] [[fault:fail]]',
    '[[delay:1s]] [[delay:2s]]',
  ])('calls %s a problem and quotes it', (prompt) => {
    const read = readDirections(prompt);

    expect(read.ok).toBe(false);
    expect(read).toHaveProperty('problem', expect.stringContaining(prompt.split(' ').at(-1) ?? ''));
  });
});
