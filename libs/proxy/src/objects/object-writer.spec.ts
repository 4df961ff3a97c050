import { describe, expect, it } from 'vitest';
import { deferred } from '../testing/deferred.js';
import { InMemoryObjectStore } from '../testing/in-memory-object.store.js';
import type { UpstreamObject } from './object-store.js';
import { ObjectWriter } from './object-writer.js';

const object = (id: string): UpstreamObject => ({
  id,
  tenantId: 'tn_1',
  upstream: 'openai',
  account: 'key_1',
  kind: 'files',
  createdAt: new Date(0),
});

function writerOf(store: Pick<InMemoryObjectStore, 'record'>, patienceMs = 60_000) {
  const later: UpstreamObject[] = [];
  const add = (one: UpstreamObject): void => void later.push(one);
  return { later, writer: new ObjectWriter({ store, later: { add }, patienceMs }) };
}

describe('ObjectWriter', () => {
  it('is done when the store has it', async () => {
    const store = new InMemoryObjectStore();
    const { writer, later } = writerOf(store);

    await writer.write([object('file-1')]);

    expect([...store.rows.keys()]).toEqual(['file-1']);
    expect(later).toEqual([]);
  });

  it('writes together what comes while another write is under way', async () => {
    const gate = deferred();
    const batches: string[][] = [];
    const { writer } = writerOf({
      record: async (objects) => {
        batches.push(objects.map(({ id }) => id));
        await gate.promise;
      },
    });

    const first = writer.write([object('file-1')]);
    await new Promise((resolve) => setImmediate(resolve));
    const others = ['file-2', 'file-3'].map(async (id) => await writer.write([object(id)]));
    await new Promise((resolve) => setImmediate(resolve));
    gate.resolve();
    await Promise.all([first, ...others]);

    expect(batches).toEqual([['file-1'], ['file-2', 'file-3']]);
  });

  it('puts off what a store that is away does not take, and knows it until it is stored', async () => {
    const store = new InMemoryObjectStore();
    store.failure = new Error('away');
    const { writer, later } = writerOf(store);

    await writer.write([object('file-1')]);
    store.failure = null;
    await writer.write([object('file-2')]);

    // In their order: while some wait, the store is not asked past them.
    expect(later.map(({ id }) => id)).toEqual(['file-1', 'file-2']);
    expect(writer.find('file-1')).toEqual(object('file-1'));
    writer.stored(later);
    expect(writer.find('file-1')).toBeUndefined();
    await writer.write([object('file-3')]);
    expect([...store.rows.keys()]).toEqual(['file-3']);
  });

  it('does not hold an answer up for a store that is slow', async () => {
    const { writer, later } = writerOf(
      { record: async () => await new Promise(() => undefined) },
      1,
    );

    await writer.write([object('file-1')]);

    expect(later.map(({ id }) => id)).toEqual(['file-1']);
  });
});
