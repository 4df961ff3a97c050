import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../tools/embedded-postgres.mjs';
import { startRedis } from '../../tools/embedded-redis.mjs';
import { migrate } from '../../tools/migrate.mjs';
import { ensureBuilt } from '../../tools/start/build.mjs';
import { makeServerFolder, remove } from './server-folder.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The migrated database that every test's own one is cloned from; nobody connects to it. */
    templateUrl: string;
    redisUrl: string;
    /** Where Node keeps what it compiled, so that only the first API, worker and sandbox compile all. */
    compileCache: string;
  }
}

interface Servers {
  readonly templateUrl: string;
  readonly redisUrl: string;
  readonly compileCache: string;
  stop(): Promise<void>;
}

/** Far more than there are test files: each takes a number of its own. */
const REDIS_DATABASES = 2_000;

/**
 * Real servers, once per run: the integration and the end-to-end projects all ask, the first one
 * starts them and the last one stops them. Unit tests never come here. End-to-end tests run what was
 * built, which must not be built anew while they do (`npm start` would, from other sources).
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = sharedByProjects();
  shared.users += 1;
  if (project.name.startsWith('e2e')) await (shared.built ??= ensureBuilt());
  shared.servers ??= startServers();
  const servers = await shared.servers;
  project.provide('templateUrl', servers.templateUrl);
  project.provide('redisUrl', servers.redisUrl);
  project.provide('compileCache', servers.compileCache);
  return async () => {
    shared.users -= 1;
    if (shared.users === 0) await servers.stop();
  };
}

async function startServers(): Promise<Servers> {
  const folder = await makeServerFolder('taskgate-test-');
  const [postgres, redis] = await Promise.all([
    startPostgres({ directory: join(folder, 'postgres'), fsync: false }),
    startRedis({ directory: join(folder, 'redis'), databases: REDIS_DATABASES }),
  ]);
  await migrate(postgres.url);
  return {
    templateUrl: postgres.url,
    redisUrl: redis.url,
    compileCache: join(folder, 'compile-cache'),
    stop: async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
      await remove(folder, postgres.data);
    },
  };
}

interface Shared {
  users: number;
  built?: Promise<void>;
  servers?: Promise<Servers>;
}

const KEY = Symbol.for('taskgate.test-servers');

/** Each project loads this file anew, so what they share hangs on the process. */
function sharedByProjects(): Shared {
  const holder = globalThis as { [KEY]?: Shared }; // nobody else knows the symbol
  holder[KEY] ??= { users: 0 };
  return holder[KEY];
}
