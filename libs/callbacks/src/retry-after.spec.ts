import { expect, it } from 'vitest';
import { retryAfterSeconds } from './retry-after.js';

const NOW = new Date('2026-11-22T12:00:00.000Z');

it.each([
  [undefined, undefined],
  ['', undefined],
  ['soon', undefined],
  ['120', 120],
  [['7', '9'], 7],
  ['Sun, 22 Nov 2026 12:01:30 GMT', 90],
  ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
])('reads Retry-After %j as %j seconds', (header, seconds) => {
  expect(retryAfterSeconds(header, NOW)).toBe(seconds);
});
