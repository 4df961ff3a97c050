import { randomUUID } from 'node:crypto';
import { isUnavailable } from '@app/errors';
import type { CreateResult, NewTask } from '@app/tasks';
import { FAR_FUTURE, makeTask } from '@app/tasks/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from './database.js';
import { PostgresTaskStore } from './postgres-task.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant } from './testing/postgres-harness.js';

let opened: OpenTestDatabase;
let second: Database;
/** As two processes have them: each with connections of its own. */
let stores: readonly [PostgresTaskStore, PostgresTaskStore];
beforeAll(async () => {
  opened = await openTestDatabase();
  second = new Database(opened.url, { maxConnections: 10 });
  stores = [new PostgresTaskStore(opened.database), new PostgresTaskStore(second)];
});
afterAll(async () => {
  await second.close();
  await opened.close();
});

function makeBundle(tenantId: string, key: string | null, maxQueued: number | null = null) {
  const idempotency = key === null ? null : { ...FINGERPRINT, key };
  return { task: makeTask({ tenantId }), idempotency, maxQueued } satisfies NewTask;
}

const FINGERPRINT = { fingerprint: Buffer.alloc(32, 1), expiresAt: FAR_FUTURE };

/** Half of them in each process, all at once. */
async function createAll(bundles: readonly NewTask[]): Promise<readonly CreateResult[]> {
  return await Promise.all(
    bundles.map(async (bundle, index) => await stores[index % 2 === 0 ? 0 : 1].create(bundle)),
  );
}

const countOf = (results: readonly CreateResult[], wanted: string): number =>
  results.filter((result) => result === wanted).length;

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

describe('creates of several processes at once', () => {
  it('agree on a winner for each key, in whatever order the keys come', async () => {
    const tenants = [await makeTenant(opened.database), await makeTenant(opened.database)];
    const keys = Array.from({ length: 50 }, () => randomUUID());
    const batches = Array.from({ length: 20 }, () =>
      shuffled(keys).map((key) => makeBundle(tenants[keys.indexOf(key) % 2] ?? '', key)),
    );

    const results = await Promise.all(
      batches.map(async (batch, index) => {
        // Not through `create`: it would put the batches of one process into one group.
        const store = new PostgresTaskStore(index % 2 === 0 ? opened.database : second);
        return await Promise.all(batch.map(async (bundle) => await store.create(bundle)));
      }),
    );

    const winners = new Map<string, Set<string>>();
    for (const [index, batch] of batches.entries()) {
      for (const [place, { task, idempotency }] of batch.entries()) {
        const result = results[index]?.[place];
        const winner = typeof result === 'object' ? result.taskId : task.id;
        expect(result).not.toBe('queue-full');
        const key = idempotency?.key ?? '';
        winners.set(key, (winners.get(key) ?? new Set()).add(winner));
      }
    }
    expect([...winners.values()].map(({ size }) => size)).toEqual(keys.map(() => 1));
    expect(results.flat().filter((result) => result === 'created')).toHaveLength(50);
  });

  it('never pass a maximum, and fill it', async () => {
    const tenantId = await makeTenant(opened.database);
    const bundles = Array.from({ length: 60 }, () => makeBundle(tenantId, randomUUID(), 20));

    const results = await createAll(bundles);

    expect(countOf(results, 'created')).toBe(20);
    expect(countOf(results, 'queue-full')).toBe(40);
    expect(await stores[0].count(tenantId, {}, 100)).toBe(20);
  });

  it('count the maximum of each tenant by itself, and of others not at all', async () => {
    const [limited, other, free] = await Promise.all(
      [1, 2, 3].map(async () => await makeTenant(opened.database)),
    );
    const bundles = shuffled([
      ...Array.from({ length: 30 }, () => makeBundle(limited ?? '', null, 5)),
      ...Array.from({ length: 30 }, () => makeBundle(other ?? '', null, 7)),
      ...Array.from({ length: 30 }, () => makeBundle(free ?? '', null)),
    ]);

    await createAll(bundles);

    const counts = [limited, other, free].map(
      async (tenantId) => await stores[0].count(tenantId ?? '', {}, 100),
    );
    expect(await Promise.all(counts)).toEqual([5, 7, 30]);
  });

  it('replay at the maximum as ever', async () => {
    const tenantId = await makeTenant(opened.database);
    const key = randomUUID();
    const first = makeBundle(tenantId, key, 1);
    await stores[0].create(first);

    const results = await createAll([
      makeBundle(tenantId, key, 1),
      makeBundle(tenantId, randomUUID(), 1),
      makeBundle(tenantId, key, 1),
    ]);

    expect(results).toMatchObject([
      { taskId: first.task.id },
      'queue-full',
      { taskId: first.task.id },
    ]);
  });
});

describe('a group of creates', () => {
  it('fails only for the one that is bad', async () => {
    const tenantId = await makeTenant(opened.database);
    const good = [makeBundle(tenantId, null), makeBundle(tenantId, randomUUID())];
    const bad = makeBundle('tn_unknown', null);

    const [first, refused, last] = await Promise.allSettled(
      [good[0], bad, good[1]].map(async (bundle) => await stores[0].create(bundle ?? bad)),
    );

    expect([first, last]).toMatchObject([{ value: 'created' }, { value: 'created' }]);
    expect(refused).toMatchObject({ reason: { code: '23503' } });
  });

  it('gives the first of two with one key the task, and the other its id', async () => {
    const tenantId = await makeTenant(opened.database);
    const key = randomUUID();
    const bundles = [makeBundle(tenantId, key), makeBundle(tenantId, key)];

    const results = await Promise.all(
      bundles.map(async (bundle) => await stores[0].create(bundle)),
    );

    expect(results).toEqual([
      'created',
      { taskId: bundles[0]?.task.id, fingerprint: FINGERPRINT.fingerprint },
    ]);
  });

  it('is answered with SERVICE_UNAVAILABLE whole while Postgres is away', async () => {
    // Port 1 is reserved (tcpmux) and nothing listens there: the connection is refused at once.
    const away = new Database('postgresql://nobody@127.0.0.1:1/none', { maxConnections: 2 });
    const store = new PostgresTaskStore(away);

    const results = await Promise.allSettled(
      Array.from({ length: 500 }, async () => await store.create(makeBundle('tn_1', null))),
    );
    await away.close();

    const refused = results.filter(
      (result) => result.status === 'rejected' && isUnavailable(result.reason),
    );
    expect(refused).toHaveLength(500);
  });
});
