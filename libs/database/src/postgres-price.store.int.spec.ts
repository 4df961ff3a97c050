import { currentPrices, PriceWatch, shippedPrices, usePrices } from '@app/prices';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PostgresPriceStore } from './postgres-price.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
let store: PostgresPriceStore;

beforeAll(async () => {
  opened = await openTestDatabase();
  store = new PostgresPriceStore(opened.database);
});
afterEach(() => usePrices(shippedPrices));
afterAll(async () => await opened?.close());

const table = (version: string) => ({ ...shippedPrices, version });

describe('price tables in Postgres', () => {
  it('are the shipped one until somebody puts another', async () => {
    await store.keepShipped(shippedPrices);
    await store.keepShipped(shippedPrices);

    expect(await store.currentVersion()).toBeNull();
    expect(await store.find(shippedPrices.version)).toEqual(shippedPrices);
  });

  it('are in force as put last, and each can be read for good', async () => {
    await store.put(table('a'), 'ops');
    await store.put(table('b'), 'ops');

    expect(await store.currentVersion()).toBe('b');
    expect(await store.find('a')).toEqual(table('a'));
    expect(await store.find('c')).toBeNull();
    expect((await store.versions()).map(({ version }) => version).slice(0, 2)).toEqual(['b', 'a']);
  });

  it('never take a version again, not even that of the shipped one', async () => {
    for (const version of ['a', shippedPrices.version]) {
      await expect(store.put(table(version), 'ops')).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        param: 'version',
      });
    }
  });

  it('of many put at once are all kept, and one is in force', async () => {
    const versions = Array.from({ length: 10 }, (_, index) => `at-once-${index}`);

    await Promise.all(versions.map(async (version) => await store.put(table(version), 'ops')));

    expect(versions).toContain(await store.currentVersion());
    expect(
      (await store.versions())
        .slice(0, 10)
        .map(({ version }) => version)
        .toSorted(),
    ).toEqual(versions);
  });

  it('come into force in a process that looks, and stay while nothing changes', async () => {
    const watch = new PriceWatch(store);
    await store.put(table('watched'), 'ops');

    await watch.runOnce();
    const first = currentPrices();
    await watch.runOnce();

    expect(first.version).toBe('watched');
    expect(currentPrices()).toBe(first);
  });
});
