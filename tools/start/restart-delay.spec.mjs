import { expect, it } from 'vitest';
import { restartDelayMs } from './restart-delay.mjs';

it('waits longer with each death, 5 s at most', () => {
  expect([1, 2, 3, 4, 5, 20].map(restartDelayMs)).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
});
