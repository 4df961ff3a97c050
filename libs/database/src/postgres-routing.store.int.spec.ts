import {
  LiveUpstreams,
  Routing,
  RoutingWatch,
  Upstreams,
  UPSTREAM_SECRET_PURPOSE,
} from '@app/proxy';
import { aRoute, describeRoutingStore, standingUpstream } from '@app/proxy/testing';
import { Keyring } from '@app/tenants';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from './database.js';
import { PostgresRoutingStore } from './postgres-routing.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
let store: PostgresRoutingStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  store = new PostgresRoutingStore(opened.database);
});
beforeEach(async () => {
  await opened.database.query('DELETE FROM upstreams', []);
  await opened.database.query('DELETE FROM routes', []);
});
afterAll(async () => await opened?.close());

describeRoutingStore('PostgresRoutingStore', async () => {
  await opened.database.query('DELETE FROM upstreams', []);
  await opened.database.query('DELETE FROM routes', []);
  return store;
});

const keyring = new Keyring(Buffer.alloc(32, 1));
const sealedFor = (name: string) =>
  keyring.seal({ purpose: UPSTREAM_SECRET_PURPOSE, rowId: name }, `sk-${name}`);
const upstream = (name: string) => ({
  name,
  baseUrl: 'https://second.example/v1',
  weight: 1,
  injectUsage: true,
  sealed: sealedFor(name),
});

/** A process that looks at routes over connections of its own. */
function otherProcess(database: Database) {
  const upstreams = new Upstreams(standingUpstream('openai'));
  const routing = new Routing(upstreams);
  const told: string[] = [];
  const live = new LiveUpstreams({
    open: (...box) => keyring.open(...box),
    onUnusable: (name) => told.push(name),
  });
  const watch = new RoutingWatch({
    store: new PostgresRoutingStore(database),
    live,
    routing,
    onUnreadable: ({ table, id }) => told.push(`${table} ${id}`),
  });
  return { upstreams, routing, watch, live, told };
}

describe('routes in Postgres', () => {
  it('reach another process at its next look', async () => {
    const other = otherProcess(opened.database);
    await other.watch.runOnce();
    await store.putUpstream(upstream('second'));
    await store.putRoute(aRoute('gpt-5'));
    await other.watch.runOnce();

    expect(other.upstreams.all().map(({ name }) => name)).toEqual(['openai', 'second']);
    expect(other.upstreams.get('second')?.accounts.take().key).toBe('sk-second');
    expect(other.routing.routes.map(({ model }) => model)).toEqual(['gpt-5']);
    await other.live.close();
  });

  it('that cannot be read are left out and told of, and take no other with them', async () => {
    await store.putRoute(aRoute('gpt-5'));
    await store.putUpstream(upstream('second'));
    await store.putUpstream({ ...upstream('moved'), sealed: sealedFor('second') });
    await opened.database.query(
      `INSERT INTO routes (model, spec, changed_at) VALUES ('of-nobody', '{"targets": 7}', now())`,
      [],
    );
    await opened.database.query(
      `INSERT INTO upstreams (name, base_url, created_at, changed_at) VALUES ('odd', 'file:///etc', now(), now())`,
      [],
    );
    const other = otherProcess(opened.database);
    await other.watch.runOnce();
    await other.watch.runOnce();

    expect(other.told).toEqual(['upstreams odd', 'routes of-nobody', 'moved']);
    expect(other.upstreams.all().map(({ name }) => name)).toEqual(['openai', 'second']);
    expect(other.routing.routes.map(({ model }) => model)).toEqual(['gpt-5']);
    await other.live.close();
  });

  it('of a newer version are read as far as they are known', async () => {
    const { model: _, ...spec } = aRoute('gpt-5');
    const newer = { ...spec, surprise: 1, timeouts: { ...spec.timeouts, lunchMs: 1 } };
    await opened.database.query(
      `INSERT INTO routes (model, spec, changed_at) VALUES ('gpt-5', $1::jsonb, now())`,
      [JSON.stringify(newer)],
    );

    expect(await store.list()).toMatchObject({ routes: [aRoute('gpt-5')], unreadable: [] });
  });

  it('stay as they were last known while Postgres is away', async () => {
    await store.putRoute(aRoute('gpt-5'));
    const database = new Database(opened.url, { maxConnections: 1 });
    const other = otherProcess(database);
    await other.watch.runOnce();
    await database.close();

    await expect(other.watch.runOnce()).rejects.toThrow();
    expect(other.routing.routes.map(({ model }) => model)).toEqual(['gpt-5']);
    await other.live.close();
  });
});
