import { CallbackSigningKey, newSigningKey } from '@app/callbacks';
import { Keyring } from '@app/tenants';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCallbackKey } from './callback-key.js';
import { openInstance } from './instance.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

const FIRST = Buffer.alloc(32, 1);
const SECOND = Buffer.alloc(32, 2);

let opened: OpenTestDatabase;
beforeEach(async () => {
  opened = await openTestDatabase();
  await openInstance(opened.database, new Keyring(FIRST));
});
afterEach(async () => await opened.close());

const open = async (...masterKeys: readonly [Buffer, ...Buffer[]]): Promise<string> =>
  await openCallbackKey(opened.database, new Keyring(...masterKeys), newSigningKey);

describe('openCallbackKey', () => {
  it('gives every process one key, also those that need it at once', async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, async () => await open(FIRST)));

    expect(new Set(keys).size).toBe(1);
    expect(await open(FIRST)).toBe(keys[0]);
    expect(new CallbackSigningKey(keys[0] ?? '').published.keys).toHaveLength(1);
  });

  it('keeps nothing readable in the row', async () => {
    const key = Buffer.from(await open(FIRST), 'base64');

    const [row] = await opened.database.query<{ box: Buffer }>(
      'SELECT callback_key_box AS box FROM instance',
      [],
    );

    expect(row?.box.includes(key)).toBe(false);
    expect(row?.box.includes(key.subarray(-32))).toBe(false);
    expect(row?.box.includes(key.toString('base64'))).toBe(false);
  });

  it('reads what an older master key of the ring has sealed', async () => {
    const key = await open(FIRST);

    expect(await open(SECOND, FIRST)).toBe(key);
  });

  it('says that MASTER_KEY is another one, and makes no second key', async () => {
    const key = await open(FIRST);

    await expect(open(SECOND)).rejects.toThrow(
      /sealed with key [0-9a-f]{8}, which is not in MASTER_KEY/,
    );
    expect(await open(FIRST)).toBe(key);
  });

  it('says that there is no installation yet', async () => {
    await opened.database.query('DELETE FROM instance', []);

    await expect(open(FIRST)).rejects.toThrow('run the migrations');
  });
});
