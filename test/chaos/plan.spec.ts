import { describe, expect, it } from 'vitest';
import { planDisturbances } from './disturbances.js';
import { chaosOptions, SMALL_CHAOS } from './options.js';
import { planOrders } from './plan.js';

const URL = 'http://127.0.0.1/hook';

describe('the plan of a run', () => {
  it('is the same for the same seed, and another one for another', () => {
    const plans = [1, 1, 2].map((seed) => {
      const options = { ...SMALL_CHAOS, seed };
      return [planOrders(options, URL), planDisturbances(options)];
    });

    expect(plans[0]).toEqual(plans[1]);
    expect(plans[0]).not.toEqual(plans[2]);
  });

  it('gives each order a prompt of its own, so that each submit has one owner', () => {
    const orders = planOrders({ ...SMALL_CHAOS, tasks: 2000 }, URL);

    expect(new Set(orders.map(({ body }) => body.input.prompt)).size).toBe(2000);
  });

  it('has every kind of trouble in it', () => {
    const kinds = new Set(planDisturbances(chaosOptions({}, 1)).map(({ what }) => what));

    expect([...kinds].toSorted()).toEqual([
      'kill-api',
      'kill-worker',
      'postgres-crashes',
      'redis-away',
      'redis-flushall',
      'redis-restarts-empty',
    ]);
  });

  it('sends the same order again only under a key', () => {
    const orders = planOrders({ ...SMALL_CHAOS, tasks: 2000 }, URL);

    expect(orders.filter((one) => one.sentTwice && one.idempotencyKey === null)).toEqual([]);
    expect(orders.some(({ sentTwice }) => sentTwice)).toBe(true);
    expect(orders.some(({ batch }) => batch !== null)).toBe(true);
  });
});

describe('the options of a run', () => {
  it('are refused with the name of the variable', () => {
    expect(() => chaosOptions({ CHAOS_TASKS: 'many' }, 1)).toThrow(/CHAOS_TASKS takes a number/);
  });
});
