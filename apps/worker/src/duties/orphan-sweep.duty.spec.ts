import { createLogger, createMetrics } from '@app/observability';
import { describe, expect, it } from 'vitest';
import { OrphanSweepDuty } from './orphan-sweep.duty.js';

const HOUR_MS = 3_600_000;

/** A store with these objects, of which rows name some. */
function bench(ages: Readonly<Record<string, number>>, named: readonly string[] = []) {
  const objects = new Map(Object.entries(ages));
  const metrics = createMetrics();
  const duty = new OrphanSweepDuty({
    outputs: {
      list: async (after, limit) =>
        [...objects]
          .filter(([key]) => after === null || key > after)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .slice(0, limit)
          .map(([key, hours]) => ({ key, modifiedAt: new Date(Date.now() - hours * HOUR_MS) })),
      delete: async (key) => void objects.delete(key),
    },
    rows: { unnamed: async (keys) => keys.filter((key) => !named.includes(key)) },
    metrics,
    logger: createLogger({ name: 'test', level: 'silent' }),
  });
  const counted = async () => (await metrics.orphansDeleted.get()).values[0]?.value;
  return { objects, duty, counted };
}

describe('OrphanSweepDuty', () => {
  it('deletes what no row names, and counts it', async () => {
    const { objects, duty, counted } = bench({ 'outputs/a': 25, 'outputs/b': 25 }, ['outputs/b']);

    expect(await duty.runOnce()).toBe(false);

    expect([...objects.keys()]).toEqual(['outputs/b']);
    expect(await counted()).toBe(1);
  });

  it('leaves alone for a day what may still be under way', async () => {
    const { objects, duty } = bench({ 'outputs/young': 23 });

    await duty.runOnce();

    expect(objects.size).toBe(1);
  });

  it('goes through the whole store page by page, then begins anew', async () => {
    const keys = Array.from({ length: 2_001 }, (_, index) => `k-${String(index).padStart(5, '0')}`);
    const { objects, duty } = bench(Object.fromEntries(keys.map((key) => [key, 25])));

    expect(await duty.runOnce()).toBe(true);
    expect(await duty.runOnce()).toBe(true);
    expect(await duty.runOnce()).toBe(false);
    objects.set('a-before-all-others', 25);
    await duty.runOnce();

    expect(objects.size).toBe(0);
  });
});
