import { PROJECT_ROOT } from './project.mjs';
import { StartError } from './output.mjs';
import { runProcess } from './running-process.mjs';

/**
 * Runs a command in the project to its end, showing what it says only when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {AbortSignal} [stopping] aborted: the command is stopped
 * @throws {StartError} after showing its output
 */
export async function runQuietly(command, args, stopping) {
  const running = runProcess({
    command,
    args,
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** @type {string[]} */
  const output = [];
  running.child.stdout?.on('data', (chunk) => output.push(String(chunk)));
  running.child.stderr?.on('data', (chunk) => output.push(String(chunk)));
  const stop = () => void running.stop({ deadlineMs: 2_000 });
  stopping?.addEventListener('abort', stop);
  const { code, reason } = await running.exited;
  stopping?.removeEventListener('abort', stop);
  stopping?.throwIfAborted();
  if (code === 0) return;
  process.stderr.write(output.join(''));
  throw new StartError(`"${[command, ...args].join(' ')}" failed (${reason}).`);
}
