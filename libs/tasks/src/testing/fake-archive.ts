import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Door, type DoorRequest, type DoorResponse, NO_TRACE } from '@app/outbound';
import { OutputStore, type StoredBytes } from '@app/outputs';

/** A whole PNG of one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** Answers every request as the test says; nothing leaves the process. */
export class FakeDoor extends Door {
  readonly requests: DoorRequest[] = [];
  onRequest: (request: DoorRequest) => Promise<DoorResponse> = async () => answerWith(PNG);

  override async request(request: DoorRequest): Promise<DoorResponse> {
    this.requests.push(request);
    return await this.onRequest(request);
  }

  override async close(): Promise<void> {
    await Promise.resolve();
  }
}

export const answerWith = (body: Buffer, status = 200): DoorResponse => ({
  status,
  headers: { 'content-length': String(body.length) },
  body: Readable.from([body]),
  trace: NO_TRACE,
});

/** Keeps bytes by key; `failure` is what every write throws while it is set. */
export class InMemoryOutputStore extends OutputStore {
  readonly bytes = new Map<string, Buffer>();
  /** By key; just now, when absent. */
  readonly modifiedAt = new Map<string, Date>();
  failure: Error | null = null;

  override async put(key: string, source: Readable | Buffer): Promise<StoredBytes> {
    const bytes = Buffer.isBuffer(source) ? source : await buffer(source);
    if (this.failure) throw this.failure;
    this.bytes.set(key, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { bytes: bytes.length, sha256, head: bytes.subarray(0, 4096) };
  }

  override async open(key: string) {
    const bytes = this.bytes.get(key);
    return bytes ? { size: bytes.length, body: Readable.from([bytes]) } : null;
  }

  override async size(key: string): Promise<number | null> {
    return this.bytes.get(key)?.length ?? null;
  }

  override async delete(key: string): Promise<void> {
    this.bytes.delete(key);
  }

  override async list(after: string | null, limit: number) {
    return [...this.bytes.keys()]
      .toSorted()
      .filter((key) => after === null || key > after)
      .slice(0, limit)
      .map((key) => ({ key, modifiedAt: this.modifiedAt.get(key) ?? new Date() }));
  }

  override async link(): Promise<string | null> {
    return null;
  }
}
