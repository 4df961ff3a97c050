import { describe, expect, it } from 'vitest';
import { FAULTS, readDirections } from './read-directions.js';

describe('readDirections', () => {
  it.each([
    ['a plain prompt', { delayMs: null, faults: [], text: 'a plain prompt' }],
    ['slow [[delay:5s]] cat', { delayMs: 5000, faults: [], text: 'slow cat' }],
    ['[[delay:250ms]]', { delayMs: 250, faults: [], text: '' }],
    [
      'x [[fault:hang]]',
      { delayMs: null, faults: [{ name: 'hang', firstRequests: null, where: null }], text: 'x' },
    ],
    [
      '[[fault:error-429:2]] x [[delay:0s]]',
      { delayMs: 0, faults: [{ name: 'error-429', firstRequests: 2, where: null }], text: 'x' },
    ],
    [
      'x [[fault:fail:2@gpt-4.1]] [[fault:hang@openai-b]]',
      {
        delayMs: null,
        faults: [
          { name: 'fail', firstRequests: 2, where: 'gpt-4.1' },
          { name: 'hang', firstRequests: null, where: 'openai-b' },
        ],
        text: 'x',
      },
    ],
    [
      '[[note]] is not a direction',
      { delayMs: null, faults: [], text: '[[note]] is not a direction' },
    ],
  ])('reads %j', (prompt, directions) => {
    expect(readDirections(prompt)).toEqual({ ok: true, directions });
  });

  it.each(FAULTS)('knows the fault %s', (name) => {
    expect(readDirections(`[[fault:${name}]]`)).toMatchObject({
      directions: { faults: [{ name }] },
    });
  });

  it.each([
    '[[delay:5]]',
    '[[delay:-1s]]',
    '[[delay:]]',
    '[[fault:eror-429]]',
    '[[fault:hang:0]]',
    '[[fault:hang:x]]',
    '[[fault:hang@]]',
    '[[fault:hang@gpt-5:2]]',
    '[[fault:hang@gpt-5]] [[fault:fail@gpt-5]]',
    '[[fault:hang]] [[fault:fail]]',
    '[[delay:1s]] [[delay:2s]]',
  ])('calls %s a problem and quotes it', (prompt) => {
    const read = readDirections(prompt);

    expect(read.ok).toBe(false);
    expect(read).toHaveProperty('problem', expect.stringContaining(prompt.split(' ').at(-1) ?? ''));
  });
});
