import { join } from 'node:path';
import type { Config } from '@app/config';
import { type Database, isRefusal, PostgresObjectStore } from '@app/database';
import type { createMetrics, Logger } from '@app/observability';
import {
  type ObjectPin,
  type Objects,
  ObjectWriter,
  OwnedObjects,
  type UpstreamObject,
  type Upstreams,
} from '@app/proxy';
import { DiskSpoolFiles, SpooledBuffer } from '@app/tenants';

export interface ObjectsParts {
  readonly config: Config;
  readonly database: Database;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly logger: Logger;
  readonly upstreams: Upstreams;
}

/** Whose the objects at upstreams are, from this process to Postgres. */
export function assembleObjects(parts: ObjectsParts) {
  const { config, database, metrics, logger, upstreams } = parts;
  const store = new PostgresObjectStore(database);
  const buffer = new SpooledBuffer<UpstreamObject>({
    name: 'objects',
    files: new DiskSpoolFiles(join(config.dataDir, 'spool')),
    write: async (objects) => {
      await store.record(objects);
      writer.stored(objects);
    },
    maxRows: MAX_WAITING_OBJECTS,
    isRefusal,
    onDrop: (objects, because) =>
      logger.error({ objects, because }, 'upstream objects lost: nobody will find them any more'),
    onError: (error, at) => logger.warn({ err: error, at }, 'upstream objects wait'),
    onSpool: (objects) => metrics.spooled.inc({ kind: 'objects' }, objects),
  });
  const writer = new ObjectWriter({ store, later: buffer });
  const places = {
    isUpstream: (name: string) => upstreams.get(name) !== null,
    hasKey: ({ upstream, account }: ObjectPin) =>
      upstreams.get(upstream)?.accounts.has(account) ?? false,
  };
  const objects: Objects = new OwnedObjects({
    store,
    writer,
    unknown: config.unknownObjects,
    places,
  });
  return { objects, laterObjects: buffer };
}

/** Some 30 MB; they stay in memory only while Postgres and the disk both fail. */
const MAX_WAITING_OBJECTS = 100_000;
