import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { SpoolFiles, type SpoolFile } from './spool-files.js';

/** The spool in a folder. Readable by the gateway's own user alone: rows name tenants and addresses. */
export class DiskSpoolFiles extends SpoolFiles {
  constructor(private readonly folder: string) {
    super();
  }

  override async list(prefix: string): Promise<readonly SpoolFile[]> {
    const names = (await orNull(readdir(this.folder))) ?? [];
    const files = await Promise.all(
      names
        .filter((name) => name.startsWith(prefix))
        .map(async (name) => {
          const found = await orNull(stat(this.pathOf(name)));
          return found?.isFile() ? [{ name, bytes: found.size, touchedAt: found.mtime }] : [];
        }),
    );
    return files.flat();
  }

  override async append(name: string, text: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = await open(this.pathOf(name), 'a', 0o600);
    try {
      const isNew = (await file.stat()).size === 0;
      await file.appendFile(text);
      await file.datasync();
      // A new file's name is in its folder, which has to be on the disk as well.
      if (isNew) await this.syncFolder();
    } finally {
      await file.close();
    }
  }

  override async exists(name: string): Promise<boolean> {
    return (await orNull(stat(this.pathOf(name)))) !== null;
  }

  override async read(name: string): Promise<string | null> {
    return await orNull(readFile(this.pathOf(name), 'utf8'));
  }

  override async rename(from: string, to: string): Promise<boolean> {
    const done = await orNull(rename(this.pathOf(from), this.pathOf(to)).then(() => true));
    return done ?? false;
  }

  override async touch(name: string, at: Date): Promise<void> {
    await orNull(utimes(this.pathOf(name), at, at));
  }

  override async remove(name: string): Promise<void> {
    await rm(this.pathOf(name), { force: true });
  }

  private pathOf(name: string): string {
    return join(this.folder, name);
  }

  private async syncFolder(): Promise<void> {
    const folder = await open(this.folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
