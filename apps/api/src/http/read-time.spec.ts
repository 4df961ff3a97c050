import { describe, expect, it } from 'vitest';
import { readTime } from './read-time.js';

describe('a time', () => {
  it.each([1_777_282_033, '1777282033', '2026-04-27T09:27:13Z', '2026-04-27T11:27:13+02:00'])(
    'is taken as %s',
    (value) => {
      expect(readTime(value, 'from').getTime()).toBe(1_777_282_033_000);
    },
  );

  it.each([
    '',
    'now',
    '2026-04-27',
    '2026-13-01T00:00:00Z',
    '2016-12-31T23:59:60Z',
    '-1',
    -1,
    1.5,
    1e21,
    '177728203300000',
    null,
    true,
    [],
    {},
  ])('is not %j, and the refusal names the field', (value) => {
    expect(() => readTime(value, 'from')).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        param: 'from',
        message: expect.stringContaining('Unix seconds'),
      }),
    );
  });
});
