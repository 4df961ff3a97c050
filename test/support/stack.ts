import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseProviders } from '../../tools/start/providers.mjs';
import { createDatabase } from './database.js';
import { createOwnPostgres, type OwnPostgres, type OwnPostgresOptions } from './own-postgres.js';
import { ownPort } from './ports.js';
import { type AppProcess, startApp } from './processes.js';
import { createOwnRedis, createRedis, type OwnRedis, type TestRedis } from './redis.js';

export interface StackOptions {
  /** How many API processes; each on a port of its own. 1 unless told. */
  readonly apis?: number;
  readonly workers?: number;
  /** Over what the stack sets; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Tenants, each with its name as key: these two unless told. */
  readonly keys?: readonly [string, string, ...string[]];
}

export interface Stack {
  /** The first API; what PUBLIC_URL says for all. */
  readonly url: string;
  readonly apis: readonly AppProcess[];
  readonly workers: readonly AppProcess[];
  readonly sandbox: AppProcess;
  readonly keys: readonly [string, string, ...string[]];
  readonly adminToken: string;
  readonly databaseUrl: string;
  readonly redis: TestRedis;
  readonly dataDir: string;
  /** One more, as an operator or a supervisor would; `env` as above; a port of its own unless told. */
  startApi(env?: StackOptions['env'], port?: number): Promise<AppProcess>;
  startWorker(env?: StackOptions['env']): Promise<AppProcess>;
  /** `kill -9` to every worker, those started later too; resolves when all are gone. */
  killWorkers(): Promise<void>;
  /** Stops what it started, in the order of `npm start`, and gives everything back. */
  stop(): Promise<void>;
}

/** The gateway as it ships on a database and a Redis of its own, with the sandbox for every vendor. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const [database, redis] = await Promise.all([createDatabase(), createRedis()]);
  return await assemble(options, { databaseUrl: database.url, database, redis });
}

/** The same on servers of its own, which the test may stop and start again. Slower: a second more. */
export async function startStackOnOwnServers(
  options: StackOptions & OwnPostgresOptions = {},
): Promise<Stack & { readonly redis: OwnRedis; readonly postgres: OwnPostgres }> {
  const [postgres, redis] = await Promise.all([createOwnPostgres(options), createOwnRedis()]);
  const stack = await assemble(options, { databaseUrl: postgres.url, database: postgres, redis });
  return { ...stack, redis, postgres };
}

interface Servers {
  readonly databaseUrl: string;
  readonly database: { drop(): Promise<void> };
  readonly redis: TestRedis;
}

const ADMIN_TOKEN = 'admin-token-of-the-tests';
const KEYS: Stack['keys'] = ['tenant-a', 'tenant-b'];

async function assemble(options: StackOptions, servers: Servers): Promise<Stack> {
  const { keys = KEYS } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'taskgate-data-'));
  const [apiPort, sandboxPort] = await Promise.all([ownPort(), ownPort()]);
  const url = `http://127.0.0.1:${apiPort}`;
  const env = {
    ...environment({ ...servers, dataDir, url, sandboxPort, keys }),
    ...options.env,
  };
  const started: AppProcess[] = [];
  const keep = async (starting: Promise<AppProcess>): Promise<AppProcess> => {
    const process = await starting;
    started.push(process);
    return process;
  };
  const startApi = async (more: StackOptions['env'] = {}, port?: number): Promise<AppProcess> => {
    const PORT = String(port ?? (await ownPort()));
    return await keep(
      startApp('api', { env: { ...env, PORT, ...more }, url: `http://127.0.0.1:${PORT}` }),
    );
  };
  const startWorker = async (more: StackOptions['env'] = {}): Promise<AppProcess> => {
    const WORKER_PORT = String(await ownPort());
    return await keep(
      startApp('worker', {
        env: { ...env, WORKER_PORT, ...more },
        url: `http://127.0.0.1:${WORKER_PORT}`,
      }),
    );
  };
  const stop = async (): Promise<void> => {
    await Promise.all(started.filter(({ app }) => app === 'api').map((one) => one.stop()));
    await Promise.all(started.filter(({ app }) => app === 'worker').map((one) => one.stop()));
    await Promise.all(started.map((one) => one.stop()));
    await Promise.all([servers.redis.drop(), servers.database.drop()]);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const { apis = 1, workers = 1 } = options;
    const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
    const [sandbox, ...rest] = await Promise.all([
      keep(startApp('sandbox', { env, url: sandboxUrl })),
      ...times(apis, (index) => startApi({}, index === 0 ? apiPort : undefined)),
      ...times(workers, () => startWorker()),
    ]);
    return {
      url,
      apis: rest.filter(({ app }) => app === 'api'),
      workers: rest.filter(({ app }) => app === 'worker'),
      sandbox,
      keys,
      adminToken: ADMIN_TOKEN,
      databaseUrl: servers.databaseUrl,
      redis: servers.redis,
      dataDir,
      startApi,
      startWorker,
      killWorkers: async () => {
        const running = started.filter(({ app }) => app === 'worker');
        await Promise.all(running.map((one) => one.kill()));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** What `npm start` would set, on the test's own servers and ports. */
function environment(where: {
  readonly databaseUrl: string;
  readonly redis: TestRedis;
  readonly dataDir: string;
  readonly url: string;
  readonly sandboxPort: number;
  readonly keys: Stack['keys'];
}): Record<string, string | undefined> {
  return {
    HOST: '127.0.0.1',
    PUBLIC_URL: where.url,
    DATABASE_URL: where.databaseUrl,
    REDIS_URL: where.redis.url,
    DATA_DIR: where.dataDir,
    ADMIN_TOKEN,
    MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    INTERNAL_KEYS: where.keys.join(','),
    CALLBACK_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    DRAIN_TIMEOUT_SECONDS: '10',
    SANDBOX_PORT: String(where.sandboxPort),
    ...chooseProviders({}, `http://127.0.0.1:${where.sandboxPort}`).environment,
  };
}
