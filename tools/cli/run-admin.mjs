import { ensureInstalled } from '../install.mjs';
import { appEntry, ensureBuilt } from '../start/build.mjs';
import { nodeToRun } from '../start/node-to-run.mjs';
import { runProcess } from '../start/running-process.mjs';

/**
 * An operator's command, in a process of its own that reads the environment itself.
 * @param {import('./command-line.mjs').AdminCommand} command
 * @param {{ stop: AbortSignal, hurry: AbortSignal }} signals
 * @returns {Promise<number>} its exit code; 1 where a signal ended it
 * @throws {import('../start/output.mjs').StartError} what the user can do about it, in one line
 */
export async function runAdmin({ args }, { stop, hurry }) {
  await ensureInstalled(stop);
  await ensureBuilt(stop);
  const running = runProcess({
    command: nodeToRun(),
    args: [appEntry('admin'), ...args],
    env: process.env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  stop.addEventListener('abort', () => void running.stop({ hurry }));
  const { code } = await running.exited;
  return code ?? 1;
}
