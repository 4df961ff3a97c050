import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { ByteMeter } from './byte-meter.js';
import { assertOutputKey } from './output-key.js';
import {
  OutputStore,
  type ByteRange,
  type LinkedContent,
  type ListedObject,
  type PutLimits,
  type StoredBytes,
} from './output-store.js';
import { claimStore, removeStaleParts, type ClaimOptions } from './store-marker.js';

/** Below this nothing new is taken: a disk that is quite full harms everything else on it. */
const MIN_FREE_BYTES = 256 * 1024 * 1024;

export interface LocalStoreOptions {
  /** Default: 256 MiB. */
  readonly minFreeBytes?: number;
}

/**
 * Outputs as files below one folder. Written beside, synced, then renamed, so that a reader, a crash
 * or a full disk never leaves half an output under its key.
 */
export class LocalOutputStore extends OutputStore {
  private readonly objects: string;
  private readonly parts: string;

  constructor(
    private readonly root: string,
    private readonly options: LocalStoreOptions = {},
  ) {
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
    await this.requireSpace();
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

  override async list(after: string | null, limit: number): Promise<readonly ListedObject[]> {
    const start = after === null ? '' : relative(this.objects, this.pathOf(after));
    const found: ListedObject[] = [];
    for await (const path of filesBelow(this.objects, start)) {
      if (found.length === limit) break;
      // Deleted in between: nothing to tell of.
      const facts = await stat(join(this.objects, path)).catch(nullWhenMissing);
      if (facts) found.push({ key: keyOf(path), modifiedAt: facts.mtime });
    }
    return found;
  }

  override async link(_key: string, _content: LinkedContent): Promise<string | null> {
    return await Promise.resolve(null);
  }

  private async requireSpace(): Promise<void> {
    const { minFreeBytes = MIN_FREE_BYTES } = this.options;
    const { bavail, bsize } = await statfs(this.parts);
    if (bavail * bsize >= minFreeBytes) return;
    throw new Error(
      `The disk of the output store ${this.root} has less than ${minFreeBytes} bytes left.`,
    );
  }

  /** Two levels of folders by hash keep folders small; `~` cannot occur in a key, so it stays one-to-one. */
  private pathOf(key: string): string {
    assertOutputKey(key);
    const hash = createHash('sha256').update(key).digest('hex');
    return join(this.objects, hash.slice(0, 2), hash.slice(2, 4), key.replaceAll('/', '~'));
  }
}

/** Paths of all files two folders down, in the order of their text, from behind `after` on. */
async function* filesBelow(top: string, after: string): AsyncGenerator<string> {
  const [first = '', second = ''] = after.split(sep);
  for (const outer of await namesIn(top)) {
    if (outer < first) continue;
    for (const inner of await namesIn(join(top, outer))) {
      if (outer === first && inner < second) continue;
      const folder = join(outer, inner);
      const paths = (await namesIn(join(top, folder))).map((name) => join(folder, name));
      yield* paths.filter((path) => path > after);
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(nullWhenMissing);
  return (names ?? []).toSorted((a, b) => (a < b ? -1 : 1));
}

const keyOf = (path: string): string => (path.split(sep).at(-1) ?? '').replaceAll('~', '/');

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
  limits: PutLimits,
): Promise<StoredBytes> {
  const meter = new ByteMeter(limits);
  const chunks: AsyncIterable<Buffer> = Buffer.isBuffer(source) ? Readable.from([source]) : source;
  // Leaving the loop by a throw destroys the source.
  for await (const chunk of chunks) {
    meter.add(chunk);
    await file.writeFile(chunk);
  }
  return meter.finish();
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
