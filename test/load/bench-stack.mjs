import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { startPostgres } from '../../tools/embedded-postgres.mjs';
import { startRedis } from '../../tools/embedded-redis.mjs';
import { migrate } from '../../tools/migrate.mjs';
import { appEntry } from '../../tools/start/build.mjs';
import { freePort } from '../../tools/start/free-port.mjs';
import { startNodeApp } from '../../tools/start/node-app.mjs';
import { chooseProviders } from '../../tools/start/providers.mjs';
import { PROJECT_ROOT } from '../../tools/start/project.mjs';

/**
 * @typedef {object} BenchStack
 * @property {string} url of the API
 * @property {string} sandboxUrl
 * @property {string} databaseUrl
 * @property {string} redisUrl
 * @property {Pool} database
 * @property {{ pid: number, url: string }} api
 * @property {() => Promise<{ pid: number, url: string }>} startApi one more
 * @property {(more?: Record<string, string>) => Promise<{ pid: number, url: string, kill: () => Promise<unknown> }>} startWorker
 * @property {() => Promise<void>} stop
 */

/** The key, and name, of the tenant of the benchmarks; a second one for fairness. */
export const TENANTS = ['bench', 'other'];
export const ADMIN_TOKEN = 'admin-token-of-the-bench';

/**
 * The processes as they ship, on a Postgres and a Redis of their own that keep what they are told, and
 * the sandbox. Workers are started by whoever needs one.
 * @param {Record<string, string>} [more] variables of all processes
 * @returns {Promise<BenchStack>}
 */
export async function startBenchStack(more = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-bench-'));
  await chmod(folder, 0o711); // the account of Postgres passes through
  const [postgres, redis] = await Promise.all([
    startPostgres({ directory: join(folder, 'postgres') }),
    startRedis({ directory: join(folder, 'redis') }),
  ]);
  await migrate(postgres.url);
  const [apiPort, sandboxPort] = await Promise.all([freePort(), freePort()]);
  const url = `http://127.0.0.1:${apiPort}`;
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(apiPort),
    PUBLIC_URL: url,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    DATA_DIR: join(folder, 'data'),
    ADMIN_TOKEN,
    MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    INTERNAL_KEYS: TENANTS.join(','),
    CALLBACK_ALLOWED_NETWORKS: '127.0.0.0/8',
    DRAIN_TIMEOUT_SECONDS: '5',
    LOG_LEVEL: 'warn',
    SANDBOX_PORT: String(sandboxPort),
    ...chooseProviders({}, `http://127.0.0.1:${sandboxPort}`).environment,
    ...more,
  };
  const processes = [];
  const start = async (name, ownUrl, readyPath, own = {}) => {
    const running = await startNodeApp({
      name,
      node: process.execPath,
      entry: appEntry(name),
      cwd: PROJECT_ROOT,
      env: { ...env, ...own },
      readyUrl: ownUrl + readyPath,
    });
    processes.push(running);
    return { pid: running.pid, url: ownUrl, kill: () => running.stop({ signal: 'SIGKILL' }) };
  };
  const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
  await start('sandbox', sandboxUrl, '/_sandbox/submits');
  const api = await start('api', url, '/readyz');
  const database = new Pool({ connectionString: postgres.url, max: 8 });
  return {
    url,
    sandboxUrl,
    api,
    database,
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    startApi: async () => {
      const port = await freePort();
      return await start('api', `http://127.0.0.1:${port}`, '/readyz', { PORT: String(port) });
    },
    startWorker: async (own = {}) => {
      const port = await freePort();
      return await start('worker', `http://127.0.0.1:${port}`, '/readyz', {
        WORKER_PORT: String(port),
        ...own,
      });
    },
    stop: async () => {
      await database.end();
      await Promise.all(processes.map((one) => one.stop({ signal: 'SIGKILL' })));
      await Promise.all([postgres.stop(), redis.stop()]);
      rmSync(folder, { recursive: true, force: true });
      rmSync(postgres.data, { recursive: true, force: true });
    },
  };
}

/**
 * Processor time that a process has used so far, milliseconds. Linux only.
 * @param {number} pid
 */
export async function cpuMs(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10; // clock ticks of 10 ms
}

/**
 * Memory that a process holds now, and the most that it has held, MiB. Linux only.
 * @param {number} pid
 */
export async function memoryMiB(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { now: of('VmRSS'), most: of('VmHWM') };
}

/**
 * Commits of the database so far.
 * @param {Pool} database
 * @returns {Promise<number>}
 */
export async function commitsSoFar(database) {
  await database.query('SELECT pg_stat_force_next_flush()').catch(() => undefined); // Postgres 15
  const { rows } = await database.query(
    'SELECT xact_commit::int AS commits FROM pg_stat_database WHERE datname = current_database()',
  );
  return rows[0].commits;
}

/** @param {readonly number[]} values @param {number} share */
export function percentile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}
