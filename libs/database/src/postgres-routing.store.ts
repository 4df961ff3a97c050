import {
  readRoute,
  readUpstreamSpec,
  type Route,
  RoutingStore,
  type StoredRoute,
  type StoredRouting,
  type StoredUpstream,
  type UnreadableRow,
} from '@app/proxy';
import type { Database } from './database.js';
import {
  EPOCH,
  PUT_ROUTE,
  PUT_UPSTREAM,
  REMOVE_ROUTE,
  REMOVE_UPSTREAM,
  ROUTES,
  UPSTREAMS,
} from './routing.sql.js';

export class PostgresRoutingStore extends RoutingStore {
  constructor(private readonly database: Database) {
    super();
  }

  async epoch(): Promise<string> {
    const [row] = await this.database.query<{ epoch: string }>(EPOCH, []);
    return row?.epoch ?? '';
  }

  async list(): Promise<StoredRouting> {
    const [upstreams, routes] = await Promise.all([
      this.database.query<UpstreamRow>(UPSTREAMS, []),
      this.database.query<RouteRow>(ROUTES, []),
    ]);
    const unreadable: UnreadableRow[] = [];
    return {
      upstreams: upstreams.flatMap((row) =>
        readable(() => upstreamOf(row), { table: 'upstreams', id: row.name, unreadable }),
      ),
      routes: routes.flatMap((row) =>
        readable(() => routeOf(row), { table: 'routes', id: row.model, unreadable }),
      ),
      unreadable,
    };
  }

  async putUpstream(upstream: Omit<StoredUpstream, 'createdAt' | 'changedAt'>): Promise<void> {
    const { name, baseUrl, weight, injectUsage, sealed } = upstream;
    const box = sealed && Buffer.from(sealed.box);
    const values = [name, baseUrl, weight, injectUsage, sealed?.keyId ?? null, box];
    await this.database.query(PUT_UPSTREAM, values);
  }

  async removeUpstream(name: string): Promise<boolean> {
    return (await this.database.query(REMOVE_UPSTREAM, [name])).length > 0;
  }

  async putRoute(route: Route): Promise<void> {
    const { model, targets, retries, timeouts, delivery, keepAliveMs } = route;
    const spec = { targets, retries, timeouts, delivery, keepAliveMs };
    await this.database.query(PUT_ROUTE, [model, JSON.stringify(spec)]);
  }

  async removeRoute(model: string): Promise<boolean> {
    return (await this.database.query(REMOVE_ROUTE, [model])).length > 0;
  }
}

interface UpstreamRow {
  readonly [column: string]: unknown;
  readonly name: string;
  readonly box: Buffer | null;
  readonly masterKeyId: string | null;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

interface RouteRow {
  readonly [column: string]: unknown;
  readonly model: string;
  readonly spec: unknown;
  readonly changedAt: Date;
}

interface RowPlace extends Pick<UnreadableRow, 'table' | 'id'> {
  readonly unreadable: UnreadableRow[];
}

/** What a newer version, or somebody's hand, has written must not take the other rows away. */
function readable<T>(read: () => T, { table, id, unreadable }: RowPlace): readonly T[] {
  try {
    return [read()];
  } catch (error) {
    unreadable.push({ table, id, error });
    return [];
  }
}

function upstreamOf(row: UpstreamRow): StoredUpstream {
  const { box, masterKeyId: keyId, createdAt, changedAt } = row;
  if ((box === null) !== (keyId === null)) throw new Error('Its box has no key, or no box its key');
  const sealed = box !== null && keyId !== null ? { box, keyId } : null;
  return { ...readUpstreamSpec(row, 'ignored'), sealed, createdAt, changedAt };
}

const routeOf = ({ model, spec, changedAt }: RouteRow): StoredRoute => ({
  ...readRoute(model, spec, { others: 'ignored' }),
  changedAt,
});
