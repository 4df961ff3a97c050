import { Keyring } from '@app/tenants';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openInstance } from './instance.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
beforeEach(async () => {
  opened = await openTestDatabase();
});
afterEach(async () => await opened.close());

const FIRST = Buffer.alloc(32, 1);
const SECOND = Buffer.alloc(32, 2);

describe('openInstance', () => {
  it('gives every process the same facts, also those that start at once', async () => {
    const keyring = new Keyring(FIRST);
    const opens = Array.from(
      { length: 5 },
      async () => await openInstance(opened.database, keyring),
    );

    const [first, ...others] = await Promise.all(opens);

    expect(first?.keyPepper).toHaveLength(32);
    for (const other of others) expect(other).toEqual(first);
    expect(await openInstance(opened.database, keyring)).toEqual(first);
  });

  it('reads what an older master key of the ring has sealed', async () => {
    const first = await openInstance(opened.database, new Keyring(FIRST));

    expect(await openInstance(opened.database, new Keyring(SECOND, FIRST))).toEqual(first);
  });

  it('says that MASTER_KEY is another one', async () => {
    await openInstance(opened.database, new Keyring(FIRST));

    await expect(openInstance(opened.database, new Keyring(SECOND))).rejects.toThrow(
      /sealed with key [0-9a-f]{8}, which is not in MASTER_KEY/,
    );
  });

  it('says that nothing is in the output store until an output is', async () => {
    const instance = await openInstance(opened.database, new Keyring(FIRST));

    expect(instance.outputStoreUsed).toBe(false);
  });
});
