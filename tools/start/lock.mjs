import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from './output.mjs';
import { commandLineOf, isAlive } from './stale-process.mjs';

/**
 * One start per DATA_DIR: two would start two servers on the same files.
 * @param {string} dataDir
 * @returns {() => void} gives it free again
 * @throws {StartError} naming the process that has it
 */
export function takeLock(dataDir) {
  const file = join(dataDir, 'start.pid');
  const holder = readHolder(file);
  if (holder && isStarter(holder)) {
    throw new StartError(
      `Taskgate is already running on ${dataDir} (process ${holder}): stop it first, or set DATA_DIR and the ports to others.`,
    );
  }
  if (holder) renameSync(file, `${file}.stale`); // one of two that come at once gets an error here
  writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
  return () => rmSync(file, { force: true });
}

/** @param {string} file */
function readHolder(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined; // nobody has it
  }
}

/**
 * A pid is used again sooner or later, in a container at once.
 * @param {number} pid
 */
const isStarter = (pid) =>
  pid !== process.pid && isAlive(pid) && commandLineOf(pid).includes('start.mjs');
