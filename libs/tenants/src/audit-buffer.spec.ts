import { beforeEach, describe, expect, it } from 'vitest';
import { AuditBuffer } from './audit-buffer.js';
import type { AuditRow } from './audit.js';
import { makeGate } from './testing/gate.js';
import { InMemoryAuditStore } from './testing/in-memory-audit.store.js';
import { makeAuditRow } from './testing/make-audit-row.js';

let store: InMemoryAuditStore;
let drops: number[];
let errors: unknown[];
let buffer: AuditBuffer;
beforeEach(() => {
  store = new InMemoryAuditStore();
  drops = [];
  errors = [];
  buffer = bufferOver(store);
});

function bufferOver(over: InMemoryAuditStore): AuditBuffer {
  return new AuditBuffer(over, {
    maxRows: 3,
    onDrop: (rows) => drops.push(rows),
    onError: (error) => errors.push(error),
  });
}

const add = (...ids: string[]): void => {
  for (const id of ids) buffer.add(makeAuditRow(id));
};
const stored = (): string[] => [...store.rows.keys()];

describe('AuditBuffer', () => {
  it('writes what waits, in order, as one batch', async () => {
    add('a', 'b');

    await buffer.runOnce();

    expect(stored()).toEqual(['a', 'b']);
    expect(buffer.size).toBe(0);
  });

  it('keeps rows while the store fails and writes them once it is back', async () => {
    store.failure = new Error('database away');
    add('a');
    await buffer.runOnce();
    add('b');
    await buffer.runOnce();
    expect([buffer.size, errors.length, stored()]).toEqual([2, 2, []]);

    store.failure = null;
    await buffer.runOnce();

    expect([buffer.size, stored()]).toEqual([0, ['a', 'b']]);
    expect(drops).toEqual([]);
  });

  it('keeps the oldest when it is full and reports how many it could not take', async () => {
    store.failure = new Error('database away');
    add('a', 'b', 'c', 'd', 'e');
    expect(buffer.dropped).toBe(2);
    await buffer.runOnce();
    store.failure = null;
    await buffer.runOnce();

    expect(stored()).toEqual(['a', 'b', 'c']);
    expect(drops).toEqual([2]);
  });

  it('has one write at a time and loses nothing that comes meanwhile', async () => {
    const gate = makeGate();
    const batches: string[][] = [];
    class SlowStore extends InMemoryAuditStore {
      override async insert(rows: readonly AuditRow[]): Promise<void> {
        batches.push(rows.map(({ requestId }) => requestId));
        await gate.opened;
      }
    }
    buffer = bufferOver(new SlowStore());
    add('a');
    const runs = [buffer.runOnce(), buffer.runOnce()];
    add('b');
    expect(batches).toEqual([['a']]);

    gate.open();
    await Promise.all(runs);

    expect(batches).toEqual([['a'], ['b']]);
    expect(buffer.size).toBe(0);
  });
});

describe('the end of the process', () => {
  it('writes what waits', async () => {
    buffer.start();
    add('a', 'b');

    expect(await buffer.flush(10_000)).toBe(0);
    expect(stored()).toEqual(['a', 'b']);
    expect(drops).toEqual([]);
  });

  it('says how many rows it leaves when the store stays away', async () => {
    store.failure = new Error('database away');
    add('a', 'b');

    expect(await buffer.flush(1)).toBe(2);
    expect(drops).toEqual([2]);
  });

  it('does not wait for a store that hangs', async () => {
    class HangingStore extends InMemoryAuditStore {
      override async insert(): Promise<void> {
        await new Promise(() => {});
      }
    }
    buffer = bufferOver(new HangingStore());
    add('a');

    expect(await buffer.flush(1)).toBe(1);
    expect(buffer.dropped).toBe(1);
  });
});
