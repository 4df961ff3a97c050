import { randomBytes } from 'node:crypto';

export interface StoredFile {
  readonly id: string;
  /** The key that uploaded it; another one does not see it. */
  readonly owner: string;
  readonly filename: string;
  readonly purpose: string;
  readonly type: string;
  readonly bytes: Buffer;
  /** Unix seconds. */
  readonly createdAt: number;
}

const MAX_TOTAL_BYTES = 512 * 1024 * 1024;
const MAX_FILES = 2000;

/** Uploaded files, newest last; the oldest are forgotten above the limits. */
export class FileStore {
  private readonly files = new Map<string, StoredFile>();
  private totalBytes = 0;

  add(file: Omit<StoredFile, 'id'>): StoredFile {
    const stored = { id: `file-${randomBytes(12).toString('hex')}`, ...file };
    this.files.set(stored.id, stored);
    this.totalBytes += stored.bytes.length;
    for (const { id } of this.files.values()) {
      if (this.totalBytes <= MAX_TOTAL_BYTES && this.files.size <= MAX_FILES) break;
      this.remove(id);
    }
    return stored;
  }

  find(owner: string, id: string): StoredFile | null {
    const file = this.files.get(id);
    return file?.owner === owner ? file : null;
  }

  /** Newest first. */
  list(owner: string): readonly StoredFile[] {
    return [...this.files.values()].filter((file) => file.owner === owner).toReversed();
  }

  remove(id: string): void {
    this.totalBytes -= this.files.get(id)?.bytes.length ?? 0;
    this.files.delete(id);
  }
}
