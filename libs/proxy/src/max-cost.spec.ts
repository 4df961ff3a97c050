import { describe, expect, it } from 'vitest';
import { readMaxCost } from './max-cost.js';

describe('readMaxCost', () => {
  it.each([
    ['0', 0],
    ['0.05', 0.05],
    [' 12 ', 12],
    ['1e-7', 1e-7],
  ])('reads %j', (text, usd) => {
    expect(readMaxCost(['X-Taskgate-Max-Cost', text])).toBe(usd);
  });

  it('reads none where there is none', () => {
    expect(readMaxCost(['x-other', '1'])).toBeNull();
  });

  it.each(['', '-1', '+1', 'abc', '1,5', '$1', 'Infinity', 'NaN', '0x10', '1 2', '9'.repeat(400)])(
    'refuses %j',
    (text) => {
      expect(() => readMaxCost(['x-taskgate-max-cost', text])).toThrow(
        expect.objectContaining({ code: 'INVALID_REQUEST', param: 'x-taskgate-max-cost' }),
      );
    },
  );

  it('refuses two of them', () => {
    const twice = ['x-taskgate-max-cost', '1', 'X-TASKGATE-MAX-COST', '1'];

    expect(() => readMaxCost(twice)).toThrow('one number');
  });
});
