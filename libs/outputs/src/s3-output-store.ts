import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ByteMeter } from './byte-meter.js';
import { assertOutputKey, isOutputKey } from './output-key.js';
import {
  OutputStore,
  type ByteRange,
  type LinkedContent,
  type ListedObject,
  type PutLimits,
  type StoredBytes,
} from './output-store.js';
import { s3Client, type S3Settings } from './s3-client.js';
import { isMissing, s3Code, s3Error } from './s3-error.js';
import { claimBucket, S3_MARKER } from './s3-marker.js';
import { dropStaleUploads } from './s3-stale-uploads.js';
import type { ClaimOptions } from './store-marker.js';

/** In memory for one upload at most: parts times their size. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
/** S3's own most in one page. */
const PAGE_KEYS = 1000;
const MAX_LINK_SECONDS = 900;

/**
 * Outputs as objects of a bucket that is Taskgate's alone. Large ones go up in parts; an object
 * appears with its last part or not at all. What the store says of hashes is never asked: the hash of
 * an object in parts is not the hash of its bytes, so ours is taken while they pass.
 */
export class S3OutputStore extends OutputStore {
  private readonly client: S3Client;

  constructor(private readonly settings: S3Settings) {
    super();
    this.client = s3Client(settings);
  }

  /**
   * Marks the bucket as the one that `storeId` (kept in the database) belongs to, and drops uploads
   * whose writers are gone. To be called before the first use.
   * @throws S3Error, or Error when the bucket belongs to another database
   */
  async claim(storeId: string, options: ClaimOptions = {}): Promise<'claimed' | 'matches'> {
    const { bucket } = this.settings;
    return await this.asking(async () => {
      const claim = await claimBucket(this.client, { bucket, storeId, options });
      await dropStaleUploads(this.client, bucket, Date.now());
      return claim;
    });
  }

  override async put(
    key: string,
    source: Readable | Buffer,
    limits: PutLimits,
  ): Promise<StoredBytes> {
    const meter = new ByteMeter(limits);
    const passing = new Passing(Buffer.isBuffer(source) ? Readable.from([source]) : source, meter);
    const upload = new Upload({
      client: this.client,
      params: { ...this.place(key), Body: Readable.from(passing.chunks(), { objectMode: false }) },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
      // Ours, below: the library's own would hide why the upload failed when it fails as well.
      leavePartsOnError: true,
    });
    try {
      await upload.done();
      return meter.finish();
    } catch (error) {
      await this.dropParts(key, upload.uploadId);
      throw passing.failure ? passing.failure.reason : s3Error(error, this.settings);
    } finally {
      // A store that fails before it reads must not leave the source open.
      if (!Buffer.isBuffer(source)) source.destroy();
    }
  }

  override async open(
    key: string,
    range?: ByteRange,
  ): Promise<{ readonly size: number; readonly body: Readable } | null> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    return await this.asking(async () => {
      const found = await this.client
        .send(new GetObjectCommand({ ...this.place(key), Range }))
        .catch(nullWhenMissing);
      if (!(found?.Body instanceof Readable)) return null;
      return { size: wholeSize(found), body: found.Body };
    });
  }

  override async size(key: string): Promise<number | null> {
    return await this.asking(async () => {
      const found = await this.client
        .send(new HeadObjectCommand(this.place(key)))
        .catch(nullWhenMissing);
      return found?.ContentLength ?? null;
    });
  }

  override async delete(key: string): Promise<void> {
    await this.asking(async () => await this.client.send(new DeleteObjectCommand(this.place(key))));
  }

  override async list(after: string | null, limit: number): Promise<readonly ListedObject[]> {
    const found: ListedObject[] = [];
    let start = after;
    while (found.length < limit) {
      const page = await this.page(start, limit - found.length);
      found.push(...page.objects);
      if (page.next === null) break;
      start = page.next;
    }
    return found;
  }

  override async link(key: string, content: LinkedContent): Promise<string | null> {
    const { mime, filename, seconds } = content;
    const command = new GetObjectCommand({
      ...this.place(key),
      ResponseContentType: mime,
      ResponseContentDisposition: `inline; filename="${filename.replaceAll(/[^\w.-]/g, '_')}"`,
    });
    const expiresIn = Math.max(1, Math.min(Math.floor(seconds), MAX_LINK_SECONDS));
    return await this.asking(async () => await getSignedUrl(this.client, command, { expiresIn }));
  }

  private async page(
    after: string | null,
    limit: number,
  ): Promise<{ objects: ListedObject[]; next: string | null }> {
    const answer = await this.asking(
      async () =>
        await this.client.send(
          new ListObjectsV2Command({
            Bucket: this.settings.bucket,
            MaxKeys: Math.min(limit, PAGE_KEYS),
            ...(after !== null && { StartAfter: after }),
          }),
        ),
    );
    const { Contents = [], IsTruncated = false } = answer;
    const objects = Contents.flatMap(({ Key = '', LastModified }) =>
      // What is not ours, our marker included, is nothing that a sweep may look at.
      isOutputKey(Key) && Key !== S3_MARKER && LastModified
        ? [{ key: Key, modifiedAt: LastModified }]
        : [],
    );
    return { objects, next: (IsTruncated && Contents.at(-1)?.Key) || null };
  }

  /** Nobody waits for the parts of an upload that failed; those that this misses go at the next start. */
  private async dropParts(key: string, uploadId: string | undefined): Promise<void> {
    if (uploadId === undefined) return;
    const command = new AbortMultipartUploadCommand({ ...this.place(key), UploadId: uploadId });
    await this.client.send(command).catch(() => undefined);
  }

  private place(key: string): { readonly Bucket: string; readonly Key: string } {
    assertOutputKey(key);
    return { Bucket: this.settings.bucket, Key: key };
  }

  private async asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      const isStores = error instanceof Error && ('$metadata' in error || 'code' in error);
      throw isStores || s3Code(error) === 'TimeoutError' ? s3Error(error, this.settings) : error;
    }
  }
}

/** The source on its way to the store; remembers whether it was the source that failed. */
class Passing {
  failure: { readonly reason: unknown } | null = null;

  constructor(
    private readonly source: AsyncIterable<Buffer>,
    private readonly meter: ByteMeter,
  ) {}

  async *chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of this.source) {
        this.meter.add(chunk);
        yield chunk;
      }
    } catch (error) {
      this.failure = { reason: error };
      throw error;
    }
  }
}

/** `bytes 0-9/1234` names the whole's size; without a range the answer is the whole. */
function wholeSize(answer: {
  readonly ContentRange?: string | undefined;
  readonly ContentLength?: number | undefined;
}): number {
  const whole = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
  return whole === undefined ? (answer.ContentLength ?? 0) : Number(whole);
}

function nullWhenMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}
