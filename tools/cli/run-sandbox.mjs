import { ensureInstalled } from '../install.mjs';
import { appEntry, ensureBuilt } from '../start/build.mjs';
import { ensurePortsFree } from '../start/ensure-ports-free.mjs';
import { startNodeApp } from '../start/node-app.mjs';
import { nodeToRun } from '../start/node-to-run.mjs';
import { complain, say } from '../start/output.mjs';
import { PROJECT_ROOT } from '../start/project.mjs';
import { sandboxText } from './sandbox-text.mjs';

const DEFAULT_PORT = 8100;

/**
 * The stand-ins alone: no database, no gateway. Returns when they have been stopped again.
 * @param {import('./command-line.mjs').SandboxCommand} command
 * @param {{ stop: AbortSignal, hurry: AbortSignal }} signals
 * @throws {import('../start/output.mjs').StartError} what the user can do about it, in one line
 */
export async function runSandbox({ port = DEFAULT_PORT, delayMs }, { stop, hurry }) {
  try {
    await ensureInstalled(stop);
    const node = nodeToRun();
    await ensureBuilt(stop);
    await ensurePortsFree([{ variable: '--port', port, host: '127.0.0.1' }]);
    const url = `http://127.0.0.1:${port}`;
    const running = await startNodeApp({
      name: 'The sandbox',
      node,
      entry: appEntry('sandbox'),
      cwd: PROJECT_ROOT,
      env: { ...process.env, SANDBOX_PORT: String(port), ...delay(delayMs) },
      readyUrl: `${url}/_sandbox/submits?limit=1`,
      onLine: (line, stream) => (stream === 'stderr' ? complain(line) : undefined),
      stopping: stop,
    });
    const asked = async () => await running.stop({ hurry });
    stop.addEventListener('abort', () => void asked());
    if (!stop.aborted) say(sandboxText(url));
    const { reason } = stop.aborted ? await asked() : await running.exited;
    if (!stop.aborted) throw new Error(`The sandbox ended by itself (${reason})`);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
  say('Stopped');
}

/** @param {number | undefined} delayMs */
const delay = (delayMs) => (delayMs === undefined ? {} : { SANDBOX_DELAY_MS: String(delayMs) });
