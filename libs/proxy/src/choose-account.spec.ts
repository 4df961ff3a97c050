import { describe, expect, it } from 'vitest';
import { chooseAccount, type AccountLoad } from './choose-account.js';

const NOW = 1_000;

describe('chooseAccount', () => {
  it.each<[string, AccountLoad[], number]>([
    ['the least loaded', [load(3), load(1), load(2)], 1],
    ['of equal ones the one used longest ago', [load(1, 0, 5), load(1, 0, 2), load(1, 0, 9)], 1],
    ['none that rests', [load(0, NOW + 1), load(7)], 1],
    ['one whose rest is over', [load(0, NOW), load(7)], 0],
    ['where all rest the one that rests shortest', [load(0, NOW + 9), load(5, NOW + 3)], 1],
  ])('takes %s', (_, accounts, expected) => {
    expect(chooseAccount(accounts, NOW)).toBe(accounts[expected]);
  });

  it('takes the one whose turn it is where their weights differ, and none that rests', () => {
    const [light, heavy] = [
      { ...load(0, 0, 5), weight: 0.1 },
      { ...load(0, 0, 7), weight: 0.9 },
    ];

    expect(chooseAccount([light, heavy], NOW)).toBe(heavy);
    expect(chooseAccount([light, { ...heavy, restsUntilMs: NOW + 1 }], NOW)).toBe(light);
  });

  it('takes nothing from nothing', () => {
    expect(chooseAccount([], NOW)).toBeUndefined();
  });
});

function load(inFlight: number, restsUntilMs = 0, lastTurn = 0): AccountLoad {
  return { inFlight, restsUntilMs, lastTurn, weight: 1 };
}
