import { startPostgres } from '../../tools/embedded-postgres.mjs';
import { migrate } from '../../tools/migrate.mjs';
import { ownPort } from './ports.js';
import { makeServerFolder, remove } from './server-folder.js';

export interface OwnPostgresOptions {
  /** A commit is on disk when it is answered, as in production. Slower; off unless told. */
  readonly durable?: boolean;
}

export interface OwnPostgres {
  readonly url: string;
  /** `SIGINT` (unless told) ends it in good order; `SIGQUIT` at once, as a crash would: it recovers at its start. */
  stop(signal?: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  /** On the same address, with all its data. */
  start(): Promise<void>;
  drop(): Promise<void>;
}

/** A whole migrated server for a test that takes Postgres away. Takes a second; clones are for the rest. */
export async function createOwnPostgres({
  durable = false,
}: OwnPostgresOptions = {}): Promise<OwnPostgres> {
  const directory = await makeServerFolder('taskgate-postgres-');
  const port = await ownPort();
  let server = await startPostgres({ directory, port, fsync: durable });
  const { url } = server;
  await migrate(url);
  const stop = async (signal: NodeJS.Signals = 'SIGINT'): Promise<void> => {
    await server.stop({ signal, deadlineMs: 30_000 });
  };
  return {
    url,
    stop,
    start: async () => {
      server = await startPostgres({ directory, port, fsync: durable });
    },
    drop: async () => {
      await stop();
      await remove(directory, server.data);
    },
  };
}
