import { Readable } from 'node:stream';
import { ByteMeter } from '../byte-meter.js';
import { assertOutputKey } from '../output-key.js';
import {
  OutputStore,
  type ByteRange,
  type ListedObject,
  type PutLimits,
  type StoredBytes,
} from '../output-store.js';

/** A store for tests of what stands above stores. */
export class InMemoryOutputStore extends OutputStore {
  private readonly objects = new Map<string, { bytes: Buffer; modifiedAt: Date }>();

  override async put(
    key: string,
    source: Readable | Buffer,
    limits: PutLimits,
  ): Promise<StoredBytes> {
    assertOutputKey(key);
    const meter = new ByteMeter(limits);
    const chunks: Buffer[] = [];
    const pieces: AsyncIterable<Buffer> = Buffer.isBuffer(source)
      ? Readable.from([source])
      : source;
    for await (const chunk of pieces) {
      meter.add(chunk);
      chunks.push(chunk);
    }
    this.objects.set(key, { bytes: Buffer.concat(chunks), modifiedAt: new Date() });
    return meter.finish();
  }

  override async open(
    key: string,
    range?: ByteRange,
  ): Promise<{ readonly size: number; readonly body: Readable } | null> {
    assertOutputKey(key);
    const bytes = this.objects.get(key)?.bytes;
    if (!bytes) return null;
    const part = range ? bytes.subarray(range.start, range.end + 1) : bytes;
    return { size: bytes.length, body: Readable.from([part]) };
  }

  override async size(key: string): Promise<number | null> {
    return this.objects.get(key)?.bytes.length ?? null;
  }

  override async delete(key: string): Promise<void> {
    assertOutputKey(key);
    this.objects.delete(key);
  }

  override async list(after: string | null, limit: number): Promise<readonly ListedObject[]> {
    return [...this.objects]
      .filter(([key]) => after === null || key > after)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([key, { modifiedAt }]) => ({ key, modifiedAt }));
  }

  override async link(): Promise<string | null> {
    return null;
  }
}
