import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is gone after the test. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** Every file below it, relative, sorted. */
  readonly files: () => Promise<string[]>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'taskgate-outputs-'));
  return {
    path,
    files: async () => {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
        .toSorted();
    },
    [Symbol.asyncDispose]: async () => await rm(path, { recursive: true, force: true }),
  };
}
