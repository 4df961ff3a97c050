import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface ClaimOptions {
  /**
   * Set when the database has used this id before: then a folder without a marker is not a new store
   * but another disk, where the outputs made so far are missing.
   */
  readonly mustExist?: boolean;
}

const MARKER = 'taskgate-store';
/** A part this old belongs to a process that is gone. */
const STALE_MS = 24 * 3_600_000;

/**
 * Writes the marker file, or compares it. Two processes that claim at once agree on one winner.
 * @throws Error when the marker holds another id, or is missing though it must exist
 */
export async function claimStore(
  root: string,
  storeId: string,
  options: ClaimOptions,
): Promise<'claimed' | 'matches'> {
  const found = await readMarker(root);
  if (found === null && options.mustExist === true) {
    throw new Error(
      `The output store ${root} is empty, but its database has used store ${storeId} before. ` +
        'Every process must see the same folder: mount the one used so far.',
    );
  }
  const isOurs = found === null && (await writeMarker(root, storeId));
  if (isOurs) return 'claimed';
  const winner = found ?? (await readMarker(root));
  if (winner === storeId) return 'matches';
  throw new Error(
    `The output store ${root} belongs to store ${winner ?? 'unknown'}, not to ${storeId} of this ` +
      'database. Every process must see the same folder: check DATA_DIR and DATABASE_URL.',
  );
}

/** Removes unfinished files that their writers, gone by now, could not remove. */
export async function removeStaleParts(parts: string, nowMs: number): Promise<void> {
  for (const name of await readdir(parts)) {
    const path = join(parts, name);
    const found = await stat(path).catch(() => null);
    if (found && nowMs - found.mtimeMs > STALE_MS) await rm(path, { force: true });
  }
}

async function readMarker(root: string): Promise<string | null> {
  try {
    return (await readFile(join(root, MARKER), 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Whole or not at all, and never over another one: `link` fails where the name exists. */
async function writeMarker(root: string, storeId: string): Promise<boolean> {
  const part = join(root, `${MARKER}.${randomUUID()}`);
  const file = await open(part, 'wx');
  try {
    await file.writeFile(`${storeId}\n`);
    await file.sync();
    await link(part, join(root, MARKER));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await file.close();
    await rm(part, { force: true });
  }
}
