import { type Holding, ObjectStore, type UpstreamObject } from '@app/proxy';
import type { Database } from './database.js';

export class PostgresObjectStore extends ObjectStore {
  constructor(private readonly database: Database) {
    super();
  }

  async find(ids: readonly string[]): Promise<readonly UpstreamObject[]> {
    return await this.database.query<UpstreamObject & { [column: string]: unknown }>(
      `SELECT object_id AS id, tenant_id AS "tenantId", upstream, account, kind, created_at AS "createdAt"
       FROM upstream_objects WHERE object_id = ANY($1::text[])`,
      [ids],
    );
  }

  async record(objects: readonly UpstreamObject[]): Promise<void> {
    // In one order, so that two that write the same ids do not wait for each other.
    const rows = objects.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    await this.database.query(
      `INSERT INTO upstream_objects (object_id, tenant_id, upstream, account, kind, created_at)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
       ON CONFLICT (object_id) DO NOTHING`,
      [
        rows.map(({ id }) => id),
        rows.map(({ tenantId }) => tenantId),
        rows.map(({ upstream }) => upstream),
        rows.map(({ account }) => account),
        rows.map(({ kind }) => kind),
        rows.map(({ createdAt }) => createdAt),
      ],
    );
  }

  async forget(ids: readonly string[]): Promise<void> {
    await this.database.query('DELETE FROM upstream_objects WHERE object_id = ANY($1::text[])', [
      ids,
    ]);
  }

  async holdings(tenantId: string, kind: string): Promise<readonly Holding[]> {
    return await this.database.query<Holding & { [column: string]: unknown }>(
      `SELECT upstream, account, count(*)::int AS objects FROM upstream_objects
       WHERE tenant_id = $1 AND kind = $2 GROUP BY upstream, account ORDER BY objects DESC, upstream, account`,
      [tenantId, kind],
    );
  }
}
