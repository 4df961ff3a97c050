import { describe, expect, it } from 'vitest';
import { afterFirst, type FirstEnd } from './after-first.js';

const answered = (status: number, whole = true): FirstEnd => ({ kind: 'answered', status, whole });

describe('what a first call leaves for the next with its key', () => {
  it.each<[string, FirstEnd, string]>([
    ['nothing, when it was never sent', { kind: 'not-sent' }, 'release'],
    ['doubt, when it was sent and no answer came', { kind: 'lost' }, 'unknown'],
    ['its answer, when that was whole', answered(200), 'done'],
    ['doubt, when its answer was cut', answered(200, false), 'unknown'],
    ['a redirect', answered(307), 'done'],
  ])('%s', (_, end, after) => {
    expect(afterFirst(end)).toBe(after);
  });

  it.each([400, 404, 405, 409, 413, 415, 422])(
    'is the answer, when it says what is wrong with the call: %i',
    (status) => {
      expect(afterFirst(answered(status))).toBe('done');
    },
  );

  it.each([401, 402, 403, 408, 425, 429, 500, 502, 503, 504, 529])(
    'is nothing, when it was refused for the moment: %i',
    (status) => {
      expect(afterFirst(answered(status))).toBe('release');
      expect(afterFirst(answered(status, false))).toBe('release');
    },
  );

  it.each([{ kind: 'not-sent' } as const, answered(429), answered(500), answered(422, false)])(
    'is doubt behind an attempt that may have been done, unless an answer is kept: %j',
    (end) => {
      expect(afterFirst(end, true)).toBe('unknown');
    },
  );

  it.each([answered(200), answered(422)])(
    'is an answer that is kept, whatever was lost before: %j',
    (end) => {
      expect(afterFirst(end, true)).toBe('done');
    },
  );

  it('is nothing, when a refusal was cut: nothing was done for it', () => {
    expect(afterFirst(answered(422, false))).toBe('release');
  });
});
