import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { startRedis } from '../../tools/embedded-redis.mjs';
import { ownPort } from './ports.js';
import { withRedis } from './with-redis.js';

export interface TestRedis {
  readonly url: string;
  /** Empties it, as an operator's accident would. */
  flush(): Promise<void>;
  /** Gives it back. */
  drop(): Promise<void>;
}

/** A numbered database of the run's Redis that no other test has. */
export async function createRedis(): Promise<TestRedis> {
  const url = new URL(inject('redisUrl'));
  const number = await withRedis(url.href, (client) => client.incr('databases-given-out'));
  url.pathname = `/${number}`;
  const flush = (): Promise<void> =>
    withRedis(url.href, async (client) => {
      await client.flushdb();
    });
  return { url: url.href, flush, drop: flush };
}

export interface OwnRedis extends TestRedis {
  /** `SIGKILL`: with the machine's memory; `SIGTERM`: in good order. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** On the same address, with what its append-only file has; `empty`: its disk was lost, too. */
  start(options?: { readonly empty: boolean }): Promise<void>;
}

/** A whole server for a test that takes Redis away. */
export async function createOwnRedis(): Promise<OwnRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'taskgate-redis-'));
  const port = await ownPort();
  let server = await startRedis({ directory, port });
  const { url } = server;
  return {
    url,
    flush: () =>
      withRedis(url, async (client) => {
        await client.flushall();
      }),
    stop: async (signal) => {
      await server.stop({ signal });
    },
    start: async ({ empty } = { empty: false }) => {
      if (empty) await rm(join(directory, 'appendonlydir'), { recursive: true, force: true });
      server = await startRedis({ directory, port });
    },
    drop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
