import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canMove, isFinal, type TaskStatus } from './states.js';

const ALL: readonly TaskStatus[] = ['queued', 'handling', 'archiving', 'success', 'fail'];
const MOVES: ReadonlySet<string> = new Set([
  'queued → handling',
  'queued → fail',
  'handling → archiving',
  'handling → fail',
  'archiving → success',
  'archiving → fail',
]);
const pairs = ALL.flatMap((from) => ALL.map((to) => [from, to] as const));

describe('the states of a task', () => {
  it.each(pairs)('know whether %s may become %s', (from, to) => {
    expect(canMove(from, to)).toBe(MOVES.has(`${from} → ${to}`));
  });

  it.each([
    ['queued', false],
    ['handling', false],
    ['archiving', false],
    ['success', true],
    ['fail', true],
  ] as const)('say that %s is final: %s', (status, final) => {
    expect(isFinal(status)).toBe(final);
  });

  it('end every walk in at most three moves and never leave a final state', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ALL), { maxLength: 50 }), (wishes) => {
        const walk: TaskStatus[] = ['queued'];
        for (const wish of wishes) {
          const now = walk.at(-1) ?? 'queued';
          if (canMove(now, wish)) walk.push(wish);
        }

        expect(walk.slice(0, -1).some(isFinal)).toBe(false);
        expect(walk.length).toBeLessThanOrEqual(4);
        expect(new Set(walk).size).toBe(walk.length);
      }),
    );
  });
});
