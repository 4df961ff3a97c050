import { startPostgres } from '../../tools/embedded-postgres.mjs';
import { migrate } from '../../tools/migrate.mjs';
import { makeServerFolder, remove } from './server-folder.js';

export interface OwnPostgres {
  readonly url: string;
  stop(): Promise<void>;
  /** On the same address, with all its data. */
  start(): Promise<void>;
  drop(): Promise<void>;
}

/** A whole migrated server for a test that takes Postgres away. Takes a second; clones are for the rest. */
export async function createOwnPostgres(): Promise<OwnPostgres> {
  const directory = await makeServerFolder('taskgate-postgres-');
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
      await remove(directory, server.data);
    },
  };
}
