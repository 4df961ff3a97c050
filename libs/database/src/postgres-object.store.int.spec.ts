import type { UpstreamObject } from '@app/proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresObjectStore } from './postgres-object.store.js';
import { PostgresRetentionStore } from './postgres-retention.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
let store: PostgresObjectStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  store = new PostgresObjectStore(opened.database);
});
afterAll(async () => await opened.close());

const NOON = new Date('2026-06-01T12:00:00.000Z');

const object = (id: string, more: Partial<UpstreamObject> = {}): UpstreamObject => ({
  id,
  tenantId: 'tn_1',
  upstream: 'openai',
  account: 'key_1',
  kind: 'files',
  createdAt: NOON,
  ...more,
});

describe('PostgresObjectStore', () => {
  it('finds what was written down, and nothing of other ids', async () => {
    await store.record([object('file-2'), object('file-1', { tenantId: 'tn_2' })]);

    expect(await store.find(['file-1', 'file-none', "it's"])).toEqual([
      object('file-1', { tenantId: 'tn_2' }),
    ]);
    expect(await store.find(['file-1', 'file-2'])).toHaveLength(2);
  });

  it('leaves an object whose it is, whoever writes it again', async () => {
    await store.record([object('file-kept')]);
    await store.record([object('file-kept', { tenantId: 'tn_2' }), object('file-beside')]);

    expect(await store.find(['file-kept'])).toEqual([object('file-kept')]);
    expect(await store.find(['file-beside'])).toHaveLength(1);
  });

  it('takes the same ids from many at once, and one id twice in a row', async () => {
    const ids = Array.from({ length: 50 }, (_, at) => `file-many${at}`);
    const writes = [ids, ids.toReversed(), [...ids, ...ids]];

    await Promise.all(
      [...writes, ...writes].map(async (some) => await store.record(some.map((id) => object(id)))),
    );

    expect(await store.find(ids)).toHaveLength(50);
  });

  it('forgets', async () => {
    await store.record([object('file-gone')]);
    await store.forget(['file-gone', 'file-never']);

    expect(await store.find(['file-gone'])).toEqual([]);
  });

  it('tells where a tenant has objects of a kind, the place with the most first', async () => {
    const tenantId = 'tn_holder';
    await store.record([
      object('batch_1', { tenantId, kind: 'batches', account: 'key_1' }),
      object('batch_2', { tenantId, kind: 'batches', account: 'key_2' }),
      object('batch_3', { tenantId, kind: 'batches', account: 'key_2' }),
      object('eval_1', { tenantId, kind: 'evals', account: 'key_3' }),
    ]);

    expect(await store.holdings(tenantId, 'batches')).toEqual([
      { upstream: 'openai', account: 'key_2', objects: 2 },
      { upstream: 'openai', account: 'key_1', objects: 1 },
    ]);
    expect(await store.holdings('tn_nobody', 'batches')).toEqual([]);
  });

  it('is rid of old responses and what they put out by the retention, and of nothing else', async () => {
    const later = new Date(NOON.getTime() + 1);
    await store.record([
      object('resp_old', { kind: 'responses' }),
      object('msg_old', { kind: 'responses/items' }),
      object('resp_new', { kind: 'responses', createdAt: later }),
      object('conv_old', { kind: 'conversations' }),
    ]);

    expect(await new PostgresRetentionStore(opened.database).dropResponses(later, 100)).toBe(2);

    const left = await store.find(['resp_old', 'msg_old', 'resp_new', 'conv_old']);
    expect(left.map(({ id }) => id).toSorted()).toEqual(['conv_old', 'resp_new']);
  });
});
