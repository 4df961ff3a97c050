import { expect, it } from 'vitest';
import { retryDeadlocks } from './retry-deadlocks.js';

const failing = (times: number, code: string) => {
  let runs = 0;
  return async () => {
    runs += 1;
    if (runs <= times) throw Object.assign(new Error(code), { code });
    return runs;
  };
};

it('runs again what lost a deadlock, three times at most', async () => {
  expect(await retryDeadlocks(failing(2, '40P01'))).toBe(3);
  await expect(retryDeadlocks(failing(3, '40P01'))).rejects.toThrow('40P01');
});

it('throws everything else at once', async () => {
  await expect(retryDeadlocks(failing(1, '23505'))).rejects.toThrow('23505');
});
