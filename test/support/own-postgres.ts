import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../tools/embedded-postgres.mjs';
import { migrate } from '../../tools/migrate.mjs';

export interface OwnPostgres {
  readonly url: string;
  stop(): Promise<void>;
  /** On the same address, with all its data. */
  start(): Promise<void>;
  drop(): Promise<void>;
}

/** A whole migrated server for a test that takes Postgres away. Takes a second; clones are for the rest. */
export async function createOwnPostgres(): Promise<OwnPostgres> {
  const directory = await mkdtemp(join(tmpdir(), 'taskgate-postgres-'));
  let server = await startPostgres({ directory, fsync: false });
  const { url, port } = server;
  await migrate(url);
  const stop = async (): Promise<void> => {
    await server.stop();
  };
  return {
    url,
    stop,
    start: async () => {
      server = await startPostgres({ directory, port, fsync: false });
    },
    drop: async () => {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
