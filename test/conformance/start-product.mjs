import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../tools/start/free-port.mjs';
import { say, StartError } from '../../tools/start/output.mjs';
import { inProject, PROJECT_ROOT } from '../../tools/start/project.mjs';
import { runProcess } from '../../tools/start/running-process.mjs';
import { bareEnvironment } from '../support/bare-environment.mjs';

/**
 * @typedef {object} Product
 * @property {Record<string, string>} environment where it is and its keys, as the tests read them
 * @property {() => boolean} stayedUp false when one of its processes died and had to be started again
 * @property {(how: { keepLogs: boolean }) => Promise<void>} stop
 */

const TENANT_KEY = 'tenant-a';
const OTHER_TENANT_KEY = 'tenant-b';
/** Unlike every tenant's key, so that a test can tell which of them the upstream saw. */
const UPSTREAM_KEY = 'sk-of-the-upstream';

/** Longer than the starter itself gives its parts. */
const STOP_WITHIN_MS = 60_000;

/**
 * The product as `npm start` runs it, with ports and data of its own and the sandbox for every vendor.
 * @param {{ stop: AbortSignal, hurry: AbortSignal }} signals
 * @returns {Promise<Product>} when it has said that it is ready
 * @throws {StartError} it ended before; what it said is shown
 */
export async function startProduct(signals) {
  say('Starting Taskgate with the sandbox vendors');
  const dataDir = mkdtempSync(join(tmpdir(), 'taskgate-conformance-'));
  const [api, worker, sandbox] = [await freePort(), await freePort(), await freePort()];
  const running = runProcess({
    command: process.execPath,
    args: [inProject('tools', 'start.mjs')],
    cwd: PROJECT_ROOT,
    env: {
      ...bareEnvironment(),
      DATA_DIR: dataDir,
      PORT: String(api),
      WORKER_PORT: String(worker),
      SANDBOX_PORT: String(sandbox),
      INTERNAL_KEYS: `${TENANT_KEY},${OTHER_TENANT_KEY}`,
      OPENAI_API_KEY: UPSTREAM_KEY,
      OPENAI_BASE_URL: `http://127.0.0.1:${sandbox}/openai/v1`,
      DRAIN_TIMEOUT_SECONDS: '10',
      CALLBACK_ED25519: 'true',
      CALLBACK_RETRY_SCHEDULE: '1,2,4,8',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    orphanSignal: 'SIGTERM', // it stops what it started
  });
  const speech = listen(running.child);
  /** @param {{ keepLogs: boolean }} how */
  const stop = async ({ keepLogs }) => {
    speech.silence();
    await running.stop({ deadlineMs: STOP_WITHIN_MS, hurry: signals.hurry });
    clear(dataDir, keepLogs);
  };
  const isReady = await Promise.race([
    speech.ready,
    running.exited.then(() => false),
    aborted(signals.stop),
  ]);
  if (!isReady) {
    await stop({ keepLogs: !signals.stop.aborted });
    signals.stop.throwIfAborted();
    throw new StartError(['Taskgate did not start; it said:', ...speech.before].join('\n'));
  }
  const environment = {
    GATEWAY_URL: `http://localhost:${api}`,
    SANDBOX_URL: `http://127.0.0.1:${sandbox}`,
    TENANT_KEY,
    OTHER_TENANT_KEY,
    UPSTREAM_KEY,
  };
  return { environment, stayedUp: () => speech.later.length === 0, stop };
}

/**
 * The starter's lines until it is ready are kept, for when it never is. What it says on its standard
 * output after that is shown: one of its processes has died. Warnings are in the logs; many tests
 * provoke them.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {{ before: readonly string[], later: readonly string[], ready: Promise<boolean>, silence: () => void }}
 */
function listen({ stdout, stderr }) {
  if (!stdout || !stderr) throw new Error('The output of the starter is no pipe');
  /** @type {string[]} */
  const before = [];
  /** @type {string[]} */
  const later = [];
  /** @type {'starting' | 'running' | 'stopping'} */
  let phase = 'starting';
  const ready = new Promise((resolve) => {
    createInterface(stdout).on('line', (line) => {
      if (phase === 'running') {
        say(line);
        later.push(line);
      }
      if (phase !== 'starting') return;
      before.push(line);
      if (!line.startsWith('Taskgate is ready on ')) return;
      phase = 'running';
      resolve(true);
    });
  });
  createInterface(stderr).on('line', (line) => {
    if (phase === 'starting') before.push(line);
  });
  return { before, later, ready, silence: () => (phase = 'stopping') };
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<false>}
 */
const aborted = (signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });

/**
 * @param {string} dataDir
 * @param {boolean} keepLogs
 */
function clear(dataDir, keepLogs) {
  if (!keepLogs) return rmSync(dataDir, { recursive: true, force: true });
  const others = readdirSync(dataDir).filter((name) => name !== 'logs');
  for (const name of others) rmSync(join(dataDir, name), { recursive: true, force: true });
  say(`Logs of this run are in ${join(dataDir, 'logs')}`);
}
