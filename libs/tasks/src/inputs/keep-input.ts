import { Readable } from 'node:stream';
import { ArchiveError, inputKey, Inspection, type MediaKind, type OutputStore } from '@app/outputs';
import type { InputObject, InputStore } from '../input.store.js';
import { newInputId } from './input-url.js';

export interface KeepInput {
  readonly tenantId: string;
  readonly source: Readable | Buffer;
  readonly expect: MediaKind | 'any';
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Long enough for a task that waits out its longest deadline by default, and for a retry by hand. */
const INPUT_TTL_SECONDS = 24 * 3600;

/** Takes pictures, videos and sounds that callers send, typed by their bytes, until they expire. */
export class InputKeeper {
  constructor(
    private readonly objects: OutputStore,
    private readonly inputs: InputStore,
  ) {}

  /**
   * The bytes first, then the row: a row always has its object. A crash in between leaves an object
   * that the sweep of nameless ones takes.
   * @throws ArchiveError: `empty`, `truncated`, `wrong-type`, `too-large`; or the source's or store's own
   */
  async keep({ tenantId, source, expect, maxBytes, signal }: KeepInput): Promise<InputObject> {
    const id = newInputId();
    const key = inputKey(id);
    const rules = { expect, maxBytes, contentLength: null, called: 'file' } as const;
    const inspection = new Inspection(rules);
    const chunks: AsyncIterable<Buffer> = Buffer.isBuffer(source)
      ? Readable.from([source])
      : source.iterator({ destroyOnReturn: false });
    const body = Readable.from(inspection.pass(chunks), { objectMode: false });
    const { bytes, sha256 } = await this.objects.put(key, body, { maxBytes, signal });
    const createdAt = new Date();
    const expireAt = new Date(createdAt.getTime() + INPUT_TTL_SECONDS * 1000);
    const { mime } = inspection.result.media;
    const input = { id, tenantId, key, mime, bytes, sha256, createdAt, expireAt };
    try {
      await this.inputs.add(input);
    } catch (error) {
      await this.objects.delete(key).catch(() => undefined); // the sweep's then
      throw error;
    }
    return input;
  }
}

/** What was wrong with the bytes, and not with our store. */
export const isBadFile = (error: unknown): error is ArchiveError =>
  error instanceof ArchiveError &&
  ['empty', 'truncated', 'wrong-type', 'too-large'].includes(error.reason);
