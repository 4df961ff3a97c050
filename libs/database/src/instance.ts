import { randomBytes, randomUUID } from 'node:crypto';
import type { Keyring } from '@app/tenants';
import type { Database } from './database.js';

export interface Instance {
  /** Names the output store that belongs to this database. */
  readonly outputStoreId: string;
  /** Whether outputs were kept in it already: an empty folder is then the wrong one. */
  readonly outputStoreUsed: boolean;
  /** Key of the key digests. */
  readonly keyPepper: Buffer;
}

const SEAL = { purpose: 'key-pepper', rowId: 'instance' } as const;

/**
 * The facts of this installation, made by whichever process starts first.
 * @throws Error when MASTER_KEY is not one that this database's secrets were sealed with
 */
export async function openInstance(database: Database, keyring: Keyring): Promise<Instance> {
  const sealed = keyring.seal(SEAL, randomBytes(32).toString('base64'));
  await database.query(
    `INSERT INTO instance (id, output_store_id, key_pepper_box, key_pepper_key_id) VALUES (1, $1, $2, $3)
     ON CONFLICT (id) DO NOTHING`,
    [randomUUID(), sealed.box, sealed.keyId],
  );
  const [row] = await database.query<{ store: string; used: boolean; box: Buffer; key_id: string }>(
    `SELECT output_store_id AS store, key_pepper_box AS box, key_pepper_key_id AS key_id,
       EXISTS (SELECT 1 FROM outputs WHERE key IS NOT NULL) AS used FROM instance WHERE id = 1`,
    [],
  );
  if (!row) throw new Error('The instance row is missing; run the migrations.');
  const pepper = keyring.open(SEAL, { box: row.box, keyId: row.key_id });
  return {
    outputStoreId: row.store,
    outputStoreUsed: row.used,
    keyPepper: Buffer.from(pepper, 'base64'),
  };
}
