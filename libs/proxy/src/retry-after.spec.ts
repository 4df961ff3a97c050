import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');

describe('retryAfterMs', () => {
  it.each<[string[], number | null]>([
    [['Retry-After', '3'], 3000],
    [['retry-after', '0.5'], 500],
    [['retry-after', '3', 'retry-after-ms', '20.5'], 20.5],
    [['retry-after', 'Sun, 22 Nov 2026 12:00:07 GMT'], 7000],
    [['retry-after', 'Sun, 22 Nov 2026 11:00:00 GMT'], 0],
    [['retry-after', 'soon'], null],
    [['retry-after', '-1'], null],
    [['retry-after-ms', '-1'], null],
    [[], null],
  ])('reads %j as %s', (headers, expected) => {
    expect(retryAfterMs(headers, NOW)).toBe(expected);
  });
});
