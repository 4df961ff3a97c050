import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** Where a sealed value belongs: it opens nowhere else. */
export interface SealContext {
  /** What the value is (`callback-secret`); each purpose has a key of its own. */
  readonly purpose: string;
  /** Id of the row that holds the box, so that boxes cannot be swapped between rows. */
  readonly rowId: string;
}

/** An encrypted value and the name of the master key it needs. */
export interface Sealed {
  readonly keyId: string;
  /** Nonce (12 bytes), ciphertext, tag (16 bytes). */
  readonly box: Uint8Array;
}

interface RingKey {
  readonly id: string;
  readonly bytes: Buffer;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The master keys. The first one writes, all of them read, so a key is replaced by putting a new one
 * in front and sealing the rows again. No master key is ever used itself: every purpose gets a
 * subkey by HKDF (RFC 5869). Nothing here shows a key.
 */
export class Keyring {
  readonly #keys: readonly [RingKey, ...RingKey[]];

  constructor(current: Buffer, ...older: readonly Buffer[]) {
    this.#keys = [ringKey(current), ...older.map(ringKey)];
  }

  /** Id of the key that writes; a row that names another one wants to be sealed again. */
  get currentKeyId(): string {
    return this.#keys[0].id;
  }

  /** AES-256-GCM under the purpose's subkey; the same value never gives the same box. */
  seal(context: SealContext, plaintext: string): Sealed {
    if (plaintext === '') throw new Error(`An empty ${context.purpose} is not sealed.`);
    const [{ id, bytes }] = this.#keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', sealingKey(bytes, context), nonce);
    cipher.setAAD(additionalData(context));
    const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    return { keyId: id, box: Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]) };
  }

  /** @throws Error when the key is not of the ring, or the box is damaged or of another place. */
  open(context: SealContext, sealed: Sealed): string {
    const key = this.#find(sealed.keyId);
    const box = Buffer.from(sealed.box);
    const place = `The ${context.purpose} of row ${context.rowId}`;
    if (box.length <= NONCE_BYTES + TAG_BYTES) throw new Error(`${place} is cut short.`);
    const nonce = box.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', sealingKey(key, context), nonce);
    decipher.setAAD(additionalData(context)).setAuthTag(box.subarray(-TAG_BYTES));
    const ciphertext = box.subarray(NONCE_BYTES, -TAG_BYTES);
    try {
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new Error(`${place} was changed, or sealed for another row.`, { cause });
    }
  }

  /**
   * A 32-byte key for one value at rest that is too long to be sealed at once. The salt must be new for each
   * value, and is kept with it.
   * @throws Error when the master key is not of the ring
   */
  streamKey(
    context: SealContext,
    { salt, keyId }: { readonly salt: Buffer; readonly keyId: string },
  ): Buffer {
    const place = createHash('sha256').update(additionalData(context)).digest('hex');
    return subkey(this.#find(keyId), 'stream', `${context.purpose}/${place}`, salt);
  }

  #find(keyId: string): Buffer {
    const key = this.#keys.find(({ id }) => id === keyId);
    if (!key) throw new Error(`sealed with key ${keyId}, which is not in MASTER_KEY`);
    return key.bytes;
  }

  /**
   * One 32-byte key a master key, for signing things that live outside the database (output links):
   * sign with the first, accept all.
   */
  derive(purpose: string): readonly [Buffer, ...Buffer[]] {
    const [current, ...older] = this.#keys;
    const of = ({ bytes }: RingKey): Buffer => subkey(bytes, 'derive', purpose);
    return [of(current), ...older.map(of)];
  }
}

/**
 * Reads MASTER_KEY: 32 bytes in base64, several separated by commas, the first one writes.
 * @throws Error saying which entry is wrong and what is taken, never the value.
 */
export function parseKeyring(text: string): Keyring {
  const entries = text.split(',').map((entry) => entry.trim());
  const [current = Buffer.alloc(0), ...older] = entries.map(parseKey);
  const repeated = entries.findIndex((entry, index) => entries.indexOf(entry) !== index);
  if (repeated !== -1) throw new Error(`${TAKES}; entry ${repeated + 1} repeats an earlier one.`);
  return new Keyring(current, ...older);
}

const TAKES =
  'MASTER_KEY takes 32 bytes in base64 (openssl rand -base64 32), several separated by commas';

function parseKey(entry: string, index: number): Buffer {
  const bytes = Buffer.from(entry, 'base64');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== entry) {
    throw new Error(`${TAKES}; entry ${index + 1} is something else.`);
  }
  return bytes;
}

/** The id is drawn from a derived value, so that it says nothing about the key itself. */
function ringKey(bytes: Buffer): RingKey {
  if (bytes.length !== KEY_BYTES) throw new Error(`${TAKES}; a key has another length.`);
  const digest = createHash('sha256').update(subkey(bytes, 'id', 'ring'));
  return { id: digest.digest('hex').slice(0, 8), bytes };
}

const sealingKey = (master: Buffer, { purpose }: SealContext): Buffer =>
  subkey(master, 'seal', purpose);

type KeyUse = 'seal' | 'stream' | 'derive' | 'id';

function subkey(master: Buffer, use: KeyUse, purpose: string, salt: Buffer | '' = ''): Buffer {
  if (purpose === '') throw new Error('A key is made for a purpose; none was named.');
  return Buffer.from(hkdfSync('sha256', master, salt, `taskgate/${use}/${purpose}`, KEY_BYTES));
}

/** As JSON, so that no two places look alike whatever their names hold. */
function additionalData({ purpose, rowId }: SealContext): Buffer {
  if (rowId === '') throw new Error(`A ${purpose} is sealed for a row; none was named.`);
  return Buffer.from(JSON.stringify([purpose, rowId]));
}
