import { array, assert, double, nat, option, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseByWeight, turnOf } from './share-by-weight.js';

interface Worker {
  readonly weight: number;
  inFlight: number;
  lastTurn: number | null;
}

const worker = (weight: number): Worker => ({ weight, inFlight: 0, lastTurn: null });

/** Who got each of so many pieces, one after the other; a piece is over when `held` newer ones have begun. */
function share(workers: readonly Worker[], pieces: number, held = 0): readonly number[] {
  const got = workers.map(() => 0);
  const running: Worker[] = [];
  for (let piece = 0; piece < pieces; piece += 1) {
    const chosen = chooseByWeight(workers);
    if (!chosen) throw new Error('nobody was chosen');
    chosen.lastTurn = turnOf(chosen, workers);
    chosen.inFlight += 1;
    running.push(chosen);
    if (running.length > held) (running.shift() ?? chosen).inFlight -= 1;
    const index = workers.indexOf(chosen);
    got[index] = (got[index] ?? 0) + 1;
  }
  return got;
}

describe('chooseByWeight', () => {
  it.each([0, 3, 40])('gives each its share, with %i in flight all the time', (held) => {
    const [few = 0, many = 0] = share([worker(0.1), worker(0.9)], 1_000, held);

    expect(few).toBeGreaterThanOrEqual(95);
    expect(few).toBeLessThanOrEqual(105);
    expect(few + many).toBe(1_000);
  });

  it('always finds one, whatever the weights and the load', () => {
    const workers = array(
      record({
        weight: double({ min: 0.001, max: 1_000, noNaN: true }),
        inFlight: nat(500),
        lastTurn: option(double({ min: 0, max: 1e6, noNaN: true })),
      }),
      { minLength: 1, maxLength: 8 },
    );

    assert(
      property(workers, (list) => {
        expect(list).toContain(chooseByWeight(list));
      }),
    );
  });

  it('gives nothing back to one that was away', () => {
    const [kept, away] = [worker(1), worker(1)];
    share([kept], 500);

    expect(share([kept, away], 10)).toEqual([5, 5]);
  });

  it('has a slow one collect no more than its share of what is in flight', () => {
    const [slow, fast] = [worker(0.5), worker(0.5)];
    slow.inFlight = 10;

    expect(chooseByWeight([slow, fast])).toBe(fast);
  });

  it('chooses nobody from nobody', () => {
    expect(chooseByWeight([])).toBeUndefined();
  });
});
