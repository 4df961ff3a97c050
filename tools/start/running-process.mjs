import { spawn } from 'node:child_process';

/**
 * @typedef {object} ProcessEnd
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 * @property {string} reason for people: "exit code 1", "SIGKILL", "spawn x ENOENT"
 */

/**
 * @typedef {object} StopOptions
 * @property {NodeJS.Signals} [signal] asked first; SIGTERM unless told
 * @property {number} [deadlineMs] how long that may take before SIGKILL
 * @property {AbortSignal} [hurry] aborted: the deadline is over now
 */

/**
 * @typedef {object} RunningProcess
 * @property {number} pid 0 where the command could not be started at all
 * @property {import('node:child_process').ChildProcess} child
 * @property {Promise<ProcessEnd>} exited never rejects
 * @property {() => boolean} hasEnded
 * @property {(options?: StopOptions) => Promise<ProcessEnd>} stop
 */

/**
 * Starts a process in a group of its own, so that a terminal's Ctrl-C reaches only us, and sees to
 * it that the process does not outlive us, however we end.
 * @param {import('node:child_process').SpawnOptions & {
 *   command: string, args: readonly string[], orphanSignal?: NodeJS.Signals }} options
 *   orphanSignal is what the process gets when we are gone; SIGKILL unless told
 * @returns {RunningProcess}
 */
export function runProcess({ command, args, orphanSignal = 'SIGKILL', ...options }) {
  const child = spawn(command, [...args], { ...options, detached: true });
  const watcher = child.pid === undefined ? undefined : watchOver(child.pid, orphanSignal);
  /** @type {Promise<ProcessEnd>} */
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, reason: error.message }));
    child.once('exit', (code, signal) => {
      watcher?.kill('SIGKILL');
      resolve({ code, signal, reason: signal ?? `exit code ${code}` });
    });
  });
  const stop = (/** @type {StopOptions} */ stopOptions) => stopProcess(child, exited, stopOptions);
  return { pid: child.pid ?? 0, child, exited, hasEnded: () => !isRunning(child), stop };
}

/**
 * A shell that waits on a pipe which only we hold open: whatever ends us, kill -9 included, closes
 * the pipe, and the shell passes the signal on to the process group. About 1 MB each.
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function watchOver(pid, signal) {
  const script = 'while read -r _; do :; done; kill -s "$1" -- "-$2" 2>/dev/null';
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', signal.replace('SIG', ''), String(pid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.once('error', () => undefined); // without a shell the next start cleans up
  watcher.stdin?.once('error', () => undefined); // the pipe of a watcher that is gone
  watcher.unref();
  return watcher;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {Promise<ProcessEnd>} exited
 * @param {StopOptions} [options]
 */
async function stopProcess(child, exited, options = {}) {
  const { signal = 'SIGTERM', deadlineMs = 10_000, hurry } = options;
  if (!isRunning(child)) return await exited;
  child.kill(signal);
  const killGroup = () => signalGroup(child.pid, 'SIGKILL');
  const timer = setTimeout(killGroup, deadlineMs);
  hurry?.addEventListener('abort', killGroup);
  if (hurry?.aborted) killGroup();
  const end = await exited;
  clearTimeout(timer);
  hurry?.removeEventListener('abort', killGroup);
  return end;
}

/** @param {import('node:child_process').ChildProcess} child */
const isRunning = (child) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/**
 * @param {number | undefined} pid leader of the group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(pid, signal) {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // ESRCH: it ended by itself in this very moment
  }
}
