import type { Keyring } from '@app/tenants';
import type { Database } from './database.js';

const SEAL = { purpose: 'callback-key', rowId: 'instance' } as const;

/**
 * The private key of this installation's callbacks, made by whichever process needs it first; all
 * agree on it. The instance's row must be there (`openInstance`).
 * @param generate makes a fresh one
 * @throws Error when MASTER_KEY is not one that it was sealed with
 */
export async function openCallbackKey(
  database: Database,
  keyring: Keyring,
  generate: () => string,
): Promise<string> {
  const kept = (await read(database)) ?? (await keepFirst(database, keyring, generate()));
  return keyring.open(SEAL, kept);
}

type Box = Parameters<Keyring['open']>[1];

async function keepFirst(database: Database, keyring: Keyring, key: string): Promise<Box> {
  const sealed = keyring.seal(SEAL, key);
  await database.query(
    `UPDATE instance SET callback_key_box = $1, callback_key_key_id = $2
     WHERE id = 1 AND callback_key_box IS NULL`,
    [sealed.box, sealed.keyId],
  );
  const kept = await read(database);
  if (!kept) throw new Error('The instance row is missing; run the migrations.');
  return kept;
}

async function read(database: Database): Promise<Box | undefined> {
  const [row] = await database.query<{ box: Buffer; keyId: string }>(
    `SELECT callback_key_box AS box, callback_key_key_id AS "keyId"
     FROM instance WHERE id = 1 AND callback_key_box IS NOT NULL`,
    [],
  );
  return row;
}
