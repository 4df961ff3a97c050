import { randomUUID } from 'node:crypto';
import type { NewReplay, ReplayEnd } from '@app/proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from './database.js';
import { PostgresReplayStore } from './postgres-replay.store.js';
import { PostgresRetentionStore } from './postgres-retention.store.js';
import { PostgresTenantErasureStore } from './postgres-tenant-erasure.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant } from './testing/postgres-harness.js';

let opened: OpenTestDatabase;
let store: PostgresReplayStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  store = new PostgresReplayStore(opened.database);
});
afterAll(async () => await opened?.close());

const DONE: ReplayEnd = {
  state: 'done',
  head: { status: 200, headers: ['Content-Type', 'text/event-stream', 'x-a', '"\u00fc"'] },
  bytes: 4711,
};

function replay(more: Partial<NewReplay> = {}): NewReplay {
  const ticketId = randomUUID();
  return {
    tenantId: 'tn_1',
    key: randomUUID(),
    ticketId,
    fingerprint: Buffer.alloc(32, 7),
    requestId: `req_${ticketId}`,
    objectKey: `replays/${ticketId}`,
    ...more,
  };
}

/** Another call with the same key. */
const again = ({ tenantId, key }: NewReplay): NewReplay => replay({ tenantId, key });

async function claimed(more: Partial<NewReplay> = {}): Promise<NewReplay> {
  const first = replay(more);
  expect(await store.claim(first)).toBeNull();
  return first;
}

/** As if so much time had passed for it. */
async function pass(column: 'lease_until' | 'expires_at', { tenantId, key }: NewReplay) {
  await opened.database.query(
    `UPDATE replays SET ${column} = now() - interval '1 second' WHERE tenant_id = $1 AND key = $2`,
    [tenantId, key],
  );
}

describe('a key of the pass-through', () => {
  it('is one call’s, however many come at once', async () => {
    const first = replay();
    const calls = Array.from({ length: 50 }, () => again(first));

    const found = await Promise.all(calls.map(async (call) => await store.claim(call)));

    expect(found.filter((row) => row === null)).toHaveLength(1);
    expect(new Set(found.map((row) => row?.requestId)).size).toBe(2);
  });

  it('is another one for each tenant', async () => {
    const first = await claimed();

    expect(await store.claim({ ...again(first), tenantId: 'tn_2' })).toBeNull();
  });

  it('tells who has it, and what was asked', async () => {
    const first = await claimed();

    expect(await store.claim(again(first))).toEqual({
      fingerprint: first.fingerprint,
      requestId: first.requestId,
      objectKey: first.objectKey,
      state: 'processing',
      head: null,
    });
  });

  it('keeps the answer’s head as it was', async () => {
    const first = await claimed();

    expect(await store.end(first, DONE)).toBe(true);

    const found = await store.claim(again(first));
    expect(found).toMatchObject({ state: 'done', head: DONE.state === 'done' && DONE.head });
  });

  it.each(['unknown', 'too-large', 'unkept'] as const)('can end as %s', async (state) => {
    const first = await claimed();

    await store.end(first, { state });

    expect(await store.claim(again(first))).toMatchObject({ state, head: null });
  });

  it('ends once, and may be told so twice', async () => {
    const first = await claimed();
    await store.end(first, DONE);

    expect(await store.end(first, DONE)).toBe(true);
    expect(await store.end(first, { state: 'unknown' })).toBe(false);
    await store.release(first);
    expect(await store.claim(again(first))).toMatchObject({ state: 'done' });
  });

  it('is changed by nobody but the call that has it', async () => {
    const first = await claimed();
    const other = again(first);

    expect(await store.end(other, DONE)).toBe(false);
    await store.release(other);
    await pass('lease_until', first);
    await store.renew([other]);

    expect(await store.claim(other)).toMatchObject({ state: 'unknown' });
  });

  it('is free again when it was released', async () => {
    const first = await claimed();

    await store.release(first);

    expect(await store.claim(again(first))).toBeNull();
  });

  it('is unknown when nobody renews its lease, until the call is heard of after all', async () => {
    const first = await claimed();
    await pass('lease_until', first);

    expect(await store.claim(again(first))).toMatchObject({ state: 'unknown' });
    expect(await store.underWay([first])).toEqual([]);
    await store.renew([first]);
    expect(await store.claim(again(first))).toMatchObject({ state: 'processing' });
    await pass('lease_until', first);
    await store.end(first, DONE);
    expect(await store.claim(again(first))).toMatchObject({ state: 'done' });
  });

  it('is under way until it ends', async () => {
    const [one, two] = [await claimed(), await claimed()];
    await store.end(two, DONE);

    expect(await store.underWay([one, two, replay()])).toEqual([
      { tenantId: one.tenantId, key: one.key },
    ]);
  });

  it('is free after a day', async () => {
    const first = await claimed();
    const [row] = await opened.database.query<{ hours: number }>(
      `SELECT extract(epoch FROM expires_at - created_at)::float8 / 3600 AS hours FROM replays WHERE key = $1`,
      [first.key],
    );
    await store.end(first, DONE);
    await pass('expires_at', first);
    const next = again(first);

    expect(row?.hours).toBe(24);
    expect(await store.claim(next)).toBeNull();
    expect(await store.claim(again(first))).toMatchObject({
      state: 'processing',
      requestId: next.requestId,
      head: null,
    });
  });

  it('is refused at once with Postgres away', async () => {
    const nowhere = new Database('postgres://nobody@127.0.0.1:1/none', { maxConnections: 1 });
    const away = new PostgresReplayStore(nowhere);

    await expect(away.claim(replay())).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: 2,
    });
    await nowhere.close();
  });
});

describe('a key that has expired', () => {
  it('names its object first, and goes when that is deleted', async () => {
    const retention = new PostgresRetentionStore(opened.database);
    const [expired, live] = [await claimed(), await claimed()];
    await pass('expires_at', expired);

    const keys = await retention.expiredObjects(new Date(), 10_000);
    expect(keys).toContain(expired.objectKey);
    expect(keys).not.toContain(live.objectKey);
    await retention.forgetObjects([expired.objectKey, live.objectKey]);

    expect(await store.end(expired, DONE)).toBe(false);
    expect(await store.end(live, DONE)).toBe(true);
    expect(await retention.expiredObjects(new Date(), 10_000)).not.toContain(expired.objectKey);
  });

  it('leaves the key alone that was taken again meanwhile', async () => {
    const retention = new PostgresRetentionStore(opened.database);
    const expired = await claimed();
    await pass('expires_at', expired);
    const next = again(expired);
    await store.claim(next);

    await retention.forgetObjects([expired.objectKey]);

    expect(await store.end(next, DONE)).toBe(true);
  });
});

describe('the keys of a tenant that is erased', () => {
  it('expire, and hold the erasure up until they are gone', async () => {
    const retention = new PostgresRetentionStore(opened.database);
    const erasure = new PostgresTenantErasureStore(opened.database, 0);
    const tenantId = await makeTenant(opened.database);
    const kept = await claimed({ tenantId });
    await store.end(kept, DONE);

    await erasure.begin(tenantId);
    await erasure.scrub(tenantId, null);

    expect(await erasure.finish(tenantId)).toBe(false);
    expect(await retention.expiredObjects(new Date(Date.now() + 1_000), 10_000)).toContain(
      kept.objectKey,
    );
    await retention.forgetObjects([kept.objectKey]);
    expect(await erasure.finish(tenantId)).toBe(true);
  });
});
