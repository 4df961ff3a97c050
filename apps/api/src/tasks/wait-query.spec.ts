import { describe, expect, it } from 'vitest';
import { waitSeconds } from './wait-query.js';

describe('?wait', () => {
  it.each([
    [undefined, 0],
    ['0', 0],
    ['60', 60],
  ])('%s is %i seconds', (text, seconds) => {
    expect(waitSeconds(text)).toBe(seconds);
  });

  it.each(['61', '-1', '1.5', '', 'soon', '1e1', ['5', '6'] as unknown as string])(
    '%s is refused with what is taken',
    (text) => {
      expect(() => waitSeconds(text)).toThrow(
        expect.objectContaining({
          code: 'INVALID_REQUEST',
          param: 'wait',
          message: expect.stringContaining('0 to 60'),
        }),
      );
    },
  );
});
