import { describe, expect, it } from 'vitest';
import { CommitGroups } from './commit-groups.js';

/** Groups of numbers whose writes the test ends by hand; an item is answered with ten times itself. */
function bench(options: { readonly maxSize?: number; readonly maxInFlight?: number } = {}) {
  const writes: { readonly items: readonly number[]; readonly end: (error?: Error) => void }[] = [];
  const groups = new CommitGroups<number, number>({
    write: async (items) =>
      await new Promise((resolve, reject) => {
        const end = (error?: Error) =>
          error ? reject(error) : resolve(items.map((item) => item * 10));
        writes.push({ items, end });
      }),
    mayBeOneOf: (error) => error === BAD_ROW,
    concernsAll: (error) => error === AWAY,
    maxSize: 3,
    maxInFlight: 1,
    ...options,
  });
  return { groups, writes, sizes: () => writes.map(({ items }) => items.length) };
}

const BAD_ROW = new Error('bad row');
const AWAY = new Error('away');

/** Everything that is ready has run: timers of this turn and their promises. */
const settled = async () => await new Promise((resolve) => setImmediate(resolve));

const outcomes = async (promises: readonly Promise<number>[]): Promise<readonly unknown[]> =>
  (await Promise.allSettled(promises)).map((result): unknown =>
    result.status === 'fulfilled' ? result.value : result.reason,
  );

describe('CommitGroups', () => {
  it('writes what comes in one turn together and answers each with its own', async () => {
    const { groups, writes } = bench();
    const adds = [1, 2, 3].map(async (item) => await groups.add(item));
    await settled();

    writes[0]?.end();

    expect(await outcomes(adds)).toEqual([10, 20, 30]);
    expect(writes).toHaveLength(1);
  });

  it('answers nobody before the write is over', async () => {
    const { groups, writes } = bench();
    const seen: number[] = [];
    const add = groups.add(1).then((result) => seen.push(result));
    await settled();
    expect(seen).toEqual([]);

    writes[0]?.end();
    await add;

    expect(seen).toEqual([10]);
  });

  it('collects what comes while a group is written, up to its size', async () => {
    const { groups, writes, sizes } = bench();
    const adds = [groups.add(1)];
    await settled();
    adds.push(...[2, 3, 4, 5].map(async (item) => await groups.add(item)));
    await settled();
    expect(sizes()).toEqual([1]);

    writes[0]?.end();
    await settled();
    writes[1]?.end();
    await settled();
    writes[2]?.end();

    expect(await outcomes(adds)).toEqual([10, 20, 30, 40, 50]);
    expect(sizes()).toEqual([1, 3, 1]);
  });

  it('writes as many groups at once as it may', async () => {
    const { groups, writes, sizes } = bench({ maxSize: 1, maxInFlight: 2 });
    const adds = [1, 2, 3].map(async (item) => await groups.add(item));
    await settled();
    expect(sizes()).toEqual([1, 1]);

    writes[1]?.end();
    await settled();
    expect(sizes()).toEqual([1, 1, 1]);

    writes[0]?.end();
    writes[2]?.end();
    expect(await outcomes(adds)).toEqual([10, 20, 30]);
  });

  it('fails the bad one alone when one of a group is bad', async () => {
    const { groups, writes } = bench();
    const ended = outcomes([1, 2, 3].map(async (item) => await groups.add(item)));
    await settled();

    writes[0]?.end(BAD_ROW);
    await settled();
    writes[1]?.end();
    await settled();
    writes[2]?.end(BAD_ROW);
    await settled();
    writes[3]?.end();

    expect(await ended).toEqual([10, BAD_ROW, 30]);
  });

  it('fails a group whole when no single one can be to blame', async () => {
    const { groups, writes } = bench();
    const failure = new Error('timeout');
    const adds = [1, 2].map(async (item) => await groups.add(item));
    await settled();
    const next = groups.add(3);

    writes[0]?.end(failure);
    expect(await outcomes(adds)).toEqual([failure, failure]);

    await settled();
    writes[1]?.end();
    expect(await next).toBe(30);
  });

  it('fails at once everybody who waits when the store is away, and goes on with the next', async () => {
    const { groups, writes } = bench({ maxSize: 1 });
    const adds = [1, 2, 3].map(async (item) => await groups.add(item));
    await settled();

    writes[0]?.end(AWAY);

    expect(await outcomes(adds)).toEqual([AWAY, AWAY, AWAY]);
    expect(writes).toHaveLength(1);
    const next = groups.add(4);
    await settled();
    writes[1]?.end();
    expect(await next).toBe(40);
  });
});
