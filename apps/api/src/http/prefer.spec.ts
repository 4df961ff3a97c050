import { describe, expect, it } from 'vitest';
import { preferredWait } from './prefer.js';

describe('Prefer', () => {
  it.each([
    ['wait=10', 10],
    ['wait=0', 0],
    ['Wait = "10"', 10],
    ['respond-async, wait=5', 5],
    ['wait=5;foo="bar", handling=lenient', 5],
    ['wait=5, wait=20', 5],
    ['wait=600', 60],
    ['wait=999999999', 60],
  ])('%s asks for %i seconds', (header, seconds) => {
    expect(preferredWait(header)).toBe(seconds);
  });

  it.each([undefined, '', 'respond-async', 'wait', 'wait=', 'wait=soon', 'wait=-1', 'await=5'])(
    '%s asks for none',
    (header) => {
      expect(preferredWait(header)).toBeNull();
    },
  );
});
