import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Ends a process that an earlier, killed start left behind.
 * @param {object} options
 * @param {number | undefined} options.pid as its pid file says; that file may be older than the process
 * @param {(commandLine: string) => boolean} options.isOurs so that a reused pid is left alone
 * @param {NodeJS.Signals} options.signal
 * @returns {Promise<'none' | 'not ours' | 'stopped'>}
 */
export async function stopStaleProcess({ pid, isOurs, signal }) {
  if (!pid || !isAlive(pid)) return 'none';
  if (!isOurs(commandLineOf(pid))) return 'not ours';
  process.kill(pid, signal);
  if (!(await isGone(pid, 10_000))) process.kill(pid, 'SIGKILL');
  await isGone(pid, 5_000);
  return 'stopped';
}

/**
 * @param {number} pid
 * @returns {boolean} also true for another user's process
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * The command line of a process, its parts joined by spaces; empty where it cannot be read.
 * @param {number} pid
 * @returns {string}
 */
export function commandLineOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // no /proc outside Linux
    return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  }
}

/**
 * @param {number} pid
 * @param {number} deadlineMs
 */
async function isGone(pid, deadlineMs) {
  const until = Date.now() + deadlineMs;
  // a zombie is alive to kill(2) but has no command line; where PID 1 reaps nothing it stays for ever
  while (isAlive(pid) && commandLineOf(pid) !== '') {
    if (Date.now() > until) return false;
    await sleep(50); // not our child: nothing tells us
  }
  return true;
}
