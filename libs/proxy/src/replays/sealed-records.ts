import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { Keyring, SealContext } from '@app/tenants';
import { Portions } from './portions.js';

/**
 * Bytes at rest, sealed as they pass: a head (version, id of the master key, salt), then records of 64 KiB,
 * each under AES-256-GCM. The key is drawn for this one stream, so a counter is nonce enough; the last record's
 * nonce is marked, so that a stream that was cut anywhere, a record's border included, does not open (the
 * STREAM construction of https://eprint.iacr.org/2015/189).
 */
const VERSION = Buffer.from('tgr1');
const KEY_ID_BYTES = 8;
const SALT_BYTES = 16;
const HEAD_BYTES = VERSION.length + KEY_ID_BYTES + SALT_BYTES;
const TAG_BYTES = 16;
export const RECORD_BYTES = 64 * 1024;

/** Seals what is written; opens for the same place alone. */
export class SealRecords extends Transform {
  private readonly key: Buffer;
  private readonly portions = new Portions(RECORD_BYTES);
  private count = 0;

  constructor(keyring: Keyring, context: SealContext) {
    super();
    const salt = randomBytes(SALT_BYTES);
    const keyId = keyring.currentKeyId;
    this.key = keyring.streamKey(context, { salt, keyId });
    this.push(Buffer.concat([VERSION, Buffer.from(keyId, 'latin1'), salt]));
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    for (const record of this.portions.add(chunk)) this.push(this.sealed(record, false));
    done();
  }

  override _flush(done: TransformCallback): void {
    this.push(this.sealed(this.portions.rest(), true));
    done();
  }

  private sealed(record: Buffer, isLast: boolean): Buffer {
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce(this.count++, isLast));
    return Buffer.concat([cipher.update(record), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Opens what `SealRecords` sealed, record by record; fails where anything of it is not as it was. */
export class OpenRecords extends Transform {
  private key: Buffer | null = null;
  private head = Buffer.alloc(0);
  private readonly portions = new Portions(RECORD_BYTES + TAG_BYTES);
  private count = 0;

  constructor(
    private readonly keyring: Keyring,
    private readonly context: SealContext,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.attempt(done, () => {
      for (const record of this.portions.add(this.behindHead(chunk))) {
        this.push(this.opened(record, false));
      }
    });
  }

  override _flush(done: TransformCallback): void {
    this.attempt(done, () => this.push(this.opened(this.portions.rest(), true)));
  }

  private attempt(done: TransformCallback, run: () => void): void {
    try {
      run();
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private behindHead(chunk: Buffer): Buffer {
    if (this.key) return chunk;
    this.head = Buffer.concat([this.head, chunk]);
    if (this.head.length < HEAD_BYTES) return Buffer.alloc(0);
    this.key = this.keyOf(this.head);
    return this.head.subarray(HEAD_BYTES);
  }

  private keyOf(head: Buffer): Buffer {
    if (!head.subarray(0, VERSION.length).equals(VERSION)) throw this.broken();
    const saltAt = VERSION.length + KEY_ID_BYTES;
    const keyId = head.toString('latin1', VERSION.length, saltAt);
    const salt = head.subarray(saltAt, HEAD_BYTES);
    return this.keyring.streamKey(this.context, { salt, keyId });
  }

  private opened(record: Buffer, isLast: boolean): Buffer {
    if (!this.key || record.length < TAG_BYTES) throw this.broken();
    const decipher = createDecipheriv('aes-256-gcm', this.key, nonce(this.count++, isLast));
    decipher.setAuthTag(record.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(record.subarray(0, -TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      throw this.broken(cause);
    }
  }

  private broken(cause?: unknown): Error {
    const { purpose, rowId } = this.context;
    return new Error(`The ${purpose} of ${rowId} was cut, changed, or sealed for another place.`, {
      cause,
    });
  }
}

/** The number of the record, and whether it is the last. */
function nonce(count: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(count, 7);
  bytes[11] = isLast ? 1 : 0;
  return bytes;
}
