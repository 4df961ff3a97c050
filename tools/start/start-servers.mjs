import { join } from 'node:path';
import { startPostgres } from '../embedded-postgres.mjs';
import { startRedis } from '../embedded-redis.mjs';
import { settingOf } from './environment.mjs';
import { ensureRedis } from './install-redis.mjs';
import { say } from './output.mjs';

/**
 * @typedef {object} ServerOptions
 * @property {import('./providers.mjs').Environment} env the user's: DATABASE_URL and REDIS_URL are used as they are
 * @property {string} dataDir
 * @property {import('./parts.mjs').Parts} parts
 */

/**
 * @param {ServerOptions} options
 * @returns {Promise<string>} where Postgres is
 */
export async function databaseUrl({ env, dataDir, parts }) {
  const given = settingOf(env, 'DATABASE_URL');
  if (given) return given;
  say('Starting Postgres');
  /** @type {number | undefined} */
  let port; // the others know its address by then: a second start must not choose another one
  const server = await parts.add('Postgres', async () => {
    const started = await startPostgres({ directory: join(dataDir, 'postgres'), port, say });
    port = started.port;
    return started;
  });
  return server.url;
}

/**
 * @param {ServerOptions} options
 * @returns {Promise<string>} where Redis is
 */
export async function redisUrl({ env, dataDir, parts }) {
  const given = settingOf(env, 'REDIS_URL');
  if (given) return given;
  ensureRedis();
  say('Starting Redis');
  /** @type {number | undefined} */
  let port;
  const server = await parts.add('Redis', async () => {
    const started = await startRedis({ directory: join(dataDir, 'redis'), port });
    port = started.port;
    return started;
  });
  return server.url;
}
