import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { Client } from 'pg';
import { withRedis } from './with-redis.js';

/** The whole database as text; bytes as hex. */
export async function everyRow(databaseUrl: string): Promise<string> {
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    const { rows: tables } = await database.query<{ name: string }>(
      `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await database.query<{ text: string }>(
        `SELECT t::text AS text FROM ${name} t`,
      );
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  } finally {
    await database.end();
  }
}

/** Every key of a Redis database and what is under it, as text. @throws for a type that is not known here */
export async function everyRedisValue(url: string): Promise<string> {
  return await withRedis(url, async (redis) => {
    const texts: string[] = [];
    for (const key of await redis.keys('*')) {
      texts.push(key, JSON.stringify(await valueOf(redis, key)));
    }
    return texts.join('\n');
  });
}

async function valueOf(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return await redis.get(key);
    case 'hash':
      return await redis.hgetall(key);
    case 'list':
      return await redis.lrange(key, 0, -1);
    case 'set':
      return await redis.smembers(key);
    case 'zset':
      return await redis.zrange(key, '0', '-1', 'WITHSCORES');
    case 'stream':
      return await redis.xrange(key, '-', '+');
    case 'none':
      return null;
    default:
      throw new Error(`${key} is a ${type}`);
  }
}

/** Every file under a folder, as text. */
export async function everyFile(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(async ({ parentPath, name }) => await readFile(join(parentPath, name), 'latin1')),
  );
  return texts.join('\n');
}

/** A secret as it could stand in a text: as it is, and as its bytes in hex, base64 or a URL. */
export function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  return [...new Set([secret, bytes.toString('hex'), base64, encodeURIComponent(secret)])];
}
