import { chmodSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureInstalled } from '../install.mjs';
import { shownUrl } from './addresses.mjs';
import { ensureBuilt } from './build.mjs';
import { ensurePortsFree } from './ensure-ports-free.mjs';
import { choosePorts, DEFAULTS, processEnvironment, settingOf } from './environment.mjs';
import { generatedSecrets } from './generated-secrets.mjs';
import { takeLock } from './lock.mjs';
import { nodeToRun } from './node-to-run.mjs';
import { say, sentenceOf, StartError } from './output.mjs';
import { Parts } from './parts.mjs';
import { PROJECT_ROOT } from './project.mjs';
import { startApps } from './start-apps.mjs';
import { databaseUrl, redisUrl } from './start-servers.mjs';
import { tenantKeysOf, welcomeText } from './welcome.mjs';

/**
 * The whole of `npm start`: returns when everything has been stopped again.
 * @param {{ stop: AbortSignal, hurry: AbortSignal }} signals
 * @throws {StartError} what the user can do about it, in one line
 */
export async function startEverything({ stop, hurry }) {
  const ports = choosePorts(process.env);
  const host = process.env.HOST?.trim() || '127.0.0.1';
  const dataDir = makeDataDir();
  const giveFree = takeLock(dataDir);
  const parts = new Parts(stopDeadlineMs(process.env));
  try {
    await ensureInstalled(stop);
    const node = nodeToRun();
    await ensureBuilt(stop);
    await ensurePortsFree([
      { variable: 'PORT', port: ports.api, host },
      { variable: 'WORKER_PORT', port: ports.worker, host },
      { variable: 'SANDBOX_PORT', port: ports.sandbox, host: '127.0.0.1' },
    ]);
    await start({ ports, host, dataDir, node, parts, stop });
    await aborted(stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    await parts.stop(hurry);
    giveFree();
  }
  say('Stopped');
}

/**
 * A little longer than the processes themselves wait for what is in progress.
 * @param {import('./providers.mjs').Environment} env
 */
const stopDeadlineMs = (env) =>
  (Number(env.DRAIN_TIMEOUT_SECONDS?.trim() || DEFAULTS.DRAIN_TIMEOUT_SECONDS) + 10) * 1000;

/** Passable for the account of Postgres, readable for us alone. */
function makeDataDir() {
  const dataDir = resolve(PROJECT_ROOT, process.env.DATA_DIR?.trim() || '.taskgate');
  try {
    mkdirSync(dataDir, { recursive: true });
    chmodSync(dataDir, 0o711);
  } catch (error) {
    throw new StartError(`DATA_DIR must be a folder that is yours: ${sentenceOf(error)}`);
  }
  return dataDir;
}

/**
 * @param {{ ports: import('./environment.mjs').Ports, host: string, dataDir: string, node: string,
 *   parts: Parts, stop: AbortSignal }} options
 */
async function start({ ports, host, dataDir, node, parts, stop }) {
  const env = process.env;
  const servers = { env, dataDir, parts };
  const database = await databaseUrl(servers);
  stop.throwIfAborted();
  const redis = await redisUrl(servers);
  stop.throwIfAborted();
  await applyMigrations(database);

  const secrets = generatedSecrets(dataDir);
  const { environment, rows } = processEnvironment({
    env,
    ports,
    dataDir,
    databaseUrl: database,
    redisUrl: redis,
    secrets,
  });
  say('Starting the API, a worker and the sandbox vendors');
  await Promise.race([
    startApps({ node, environment, ports, host, dataDir, parts }),
    aborted(stop),
  ]);
  stop.throwIfAborted();
  say(
    welcomeText({
      url: shownUrl(host, ports.api),
      rows,
      tenantKeys: tenantKeysOf(settingOf(environment, 'INTERNAL_KEYS') ?? ''),
      adminToken: settingOf(environment, 'ADMIN_TOKEN') ?? '',
      databaseUrl: database,
      redisUrl: redis,
      logs: join(dataDir, 'logs'),
    }),
  );
}

/** @param {string} url */
async function applyMigrations(url) {
  // Only now: its packages may have been installed by this very start.
  const { migrate } = await import('../migrate.mjs');
  try {
    const applied = await migrate(url);
    if (applied.length > 0)
      say(`Applied ${applied.length} migration${applied.length > 1 ? 's' : ''}`);
  } catch (error) {
    throw new StartError(`The database could not be brought up to date: ${sentenceOf(error)}`);
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
const aborted = (signal) =>
  new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done(), { once: true });
  });
