import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { assertOutputKey } from './output-key.js';
import {
  OutputStore,
  OutputTooLargeError,
  type ByteRange,
  type PutLimits,
  type StoredBytes,
} from './output-store.js';
import { claimStore, removeStaleParts, type ClaimOptions } from './store-marker.js';

const HEAD_BYTES = 4096;

/**
 * Outputs as files below one folder. Written beside, synced, then renamed, so that a reader, a crash
 * or a full disk never leaves half an output under its key.
 */
export class LocalOutputStore extends OutputStore {
  private readonly objects: string;
  private readonly parts: string;

  constructor(private readonly root: string) {
    super();
    this.objects = join(root, 'objects');
    this.parts = join(root, 'parts');
  }

  /**
   * Marks the folder as the one that `storeId` (kept in the database) belongs to, and clears what
   * crashed writers left. To be called before the first use.
   * @throws Error when the folder belongs to another database
   */
  async claim(storeId: string, options: ClaimOptions = {}): Promise<'claimed' | 'matches'> {
    await mkdir(this.parts, { recursive: true });
    await mkdir(this.objects, { recursive: true });
    const claim = await claimStore(this.root, storeId, options);
    await removeStaleParts(this.parts, Date.now());
    return claim;
  }

  override async put(
    key: string,
    source: Readable | Buffer,
    limits: PutLimits,
  ): Promise<StoredBytes> {
    const path = this.pathOf(key);
    const part = join(this.parts, `${randomUUID()}.part`);
    await mkdir(this.parts, { recursive: true });
    try {
      const stored = await writePart(part, source, limits);
      await makeFolder(dirname(path), this.objects);
      await rename(part, path);
      await syncFolder(dirname(path));
      return stored;
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  override async open(
    key: string,
    range?: ByteRange,
  ): Promise<{ size: number; body: Readable } | null> {
    const path = this.pathOf(key);
    const handle = await open(path).catch(nullWhenMissing);
    if (!handle) return null;
    const { size } = await handle.stat();
    // The handle, not the path: a replacement in between must not mix two files.
    return { size, body: handle.createReadStream(range) };
  }

  override async size(key: string): Promise<number | null> {
    const found = await stat(this.pathOf(key)).catch(nullWhenMissing);
    return found?.size ?? null;
  }

  override async delete(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  /** Two levels of folders by hash keep folders small; `~` cannot occur in a key, so it stays one-to-one. */
  private pathOf(key: string): string {
    assertOutputKey(key);
    const hash = createHash('sha256').update(key).digest('hex');
    return join(this.objects, hash.slice(0, 2), hash.slice(2, 4), key.replaceAll('/', '~'));
  }
}

async function writePart(
  part: string,
  source: Readable | Buffer,
  limits: PutLimits,
): Promise<StoredBytes> {
  const file = await open(part, 'wx', 0o640);
  try {
    const stored = await copyTo(file, source, limits);
    await file.sync();
    return stored;
  } finally {
    await file.close();
  }
}

async function copyTo(
  file: FileHandle,
  source: Readable | Buffer,
  { maxBytes, signal }: PutLimits,
): Promise<StoredBytes> {
  const hash = createHash('sha256');
  let head = Buffer.alloc(0);
  let bytes = 0;
  const chunks: AsyncIterable<Buffer> = Buffer.isBuffer(source) ? Readable.from([source]) : source;
  // Leaving the loop by a throw destroys the source.
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    bytes += chunk.length;
    if (bytes > maxBytes) throw new OutputTooLargeError(maxBytes);
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk]).subarray(0, HEAD_BYTES);
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  return { bytes, sha256: hash.digest('hex'), head: Buffer.from(head) };
}

/** Creates a folder below `top` and makes its name as durable as its content. */
async function makeFolder(folder: string, top: string): Promise<void> {
  const created = await mkdir(folder, { recursive: true });
  if (created === undefined) return;
  for (let parent = dirname(folder); parent.startsWith(top); parent = dirname(parent)) {
    await syncFolder(parent);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function nullWhenMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
