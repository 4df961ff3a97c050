import { describe, beforeEach, expect, it } from 'vitest';
import { makeGate } from '../testing/gate.js';
import { InMemorySpoolFiles } from '../testing/in-memory-spool-files.js';
import { SpooledBuffer, type SpooledBufferOptions } from './spooled-buffer.js';

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly amount: bigint;
}
const AT = new Date('2026-11-23T00:00:00.123Z');
const row = (id: string): Row => ({ id, at: AT, amount: 12_345_678_901_234_567_890n });

const REFUSED = new Error('a column cannot hold it');

/** Keeps rows by id, as a table with a unique key does. */
class Table {
  readonly rows = new Map<string, Row>();
  readonly batches: string[][] = [];
  failure: Error | null = null;
  refused = new Set<string>();
  hold: Promise<void> | null = null;

  readonly write = async (rows: readonly Row[]): Promise<void> => {
    if (this.failure) throw this.failure;
    if (this.hold) await this.hold;
    if (rows.some(({ id }) => this.refused.has(id))) throw REFUSED;
    this.batches.push(rows.map(({ id }) => id));
    for (const one of rows) if (!this.rows.has(one.id)) this.rows.set(one.id, one);
  };
}

let table: Table;
let files: InMemorySpoolFiles;
let drops: [number, string][];
let errors: string[];
let buffer: SpooledBuffer<Row>;
beforeEach(() => {
  table = new Table();
  files = new InMemorySpoolFiles();
  drops = [];
  errors = [];
  buffer = makeBuffer();
});

const makeBuffer = (more: Partial<SpooledBufferOptions<Row>> = {}): SpooledBuffer<Row> =>
  new SpooledBuffer<Row>({
    name: 'rows',
    write: table.write,
    files,
    maxRows: 3,
    // Only a test of patience makes the store outlast it.
    patienceMs: 60_000,
    retryMs: 0,
    isRefusal: (error) => error === REFUSED,
    onDrop: (rows, because) => drops.push([rows, because]),
    onError: (_, at) => errors.push(at),
    ...more,
  });

const add = (...ids: string[]): void => ids.forEach((id) => buffer.add(row(id)));
const stored = (): string[] => [...table.rows.keys()];
const away = new Error('database away');

describe('SpooledBuffer', () => {
  it('stores what waits, in order, as one batch, and leaves the disk alone', async () => {
    add('a', 'b');

    await buffer.runOnce();

    expect([table.batches, buffer.size, files.files.size]).toEqual([[['a', 'b']], 0, 0]);
  });

  it('spools rows while the store fails and replays them in order, as they were', async () => {
    table.failure = away;
    add('a');
    await buffer.runOnce();
    add('b');
    await buffer.runOnce();
    expect([buffer.size, stored()]).toEqual([0, []]);
    expect(buffer.spooledBytes).toBeGreaterThan(0);

    table.failure = null;
    add('c');
    await buffer.runOnce();

    expect([...table.rows.values()]).toEqual([row('a'), row('b'), row('c')]);
    expect([buffer.spooledBytes, files.files.size, drops]).toEqual([0, 0, []]);
    add('d');
    await buffer.runOnce();
    expect(table.batches.at(-1)).toEqual(['d']);
  });

  it('spools what a store that hangs has not taken in time, and stores it once', async () => {
    buffer = makeBuffer({ patienceMs: 0 });
    const gate = makeGate();
    table.hold = gate.opened;
    add('a');
    const run = buffer.runOnce();
    await expect.poll(() => buffer.spooledBytes).toBeGreaterThan(0);
    expect([buffer.size, stored()]).toEqual([0, []]);

    table.hold = null;
    gate.open();
    await run;
    await buffer.runOnce();

    expect([stored(), files.files.size]).toEqual([['a'], 0]);
  });

  it('waits until the time to try again', async () => {
    buffer = makeBuffer({ retryMs: 3_600_000 });
    table.failure = away;
    add('a');
    await buffer.runOnce();
    table.failure = null;

    await buffer.runOnce();

    expect([stored(), errors]).toEqual([[], ['store']]);
  });

  it('keeps rows in memory while disk and store fail, the oldest, and says how many it lost', async () => {
    table.failure = away;
    files.failure = new Error('disk full');
    add('a', 'b', 'c', 'd', 'e');
    await buffer.runOnce();
    expect([buffer.size, buffer.dropped, drops]).toEqual([3, 2, [[2, 'full']]]);
    expect(errors).toContain('spool');

    table.failure = null;
    files.failure = null;
    await buffer.runOnce();
    await buffer.runOnce();

    expect(stored()).toEqual(['a', 'b', 'c']);
  });

  it('counts what the spool has no room for', async () => {
    buffer = makeBuffer({ maxSpoolBytes: 100 });
    table.failure = away;
    add('a');
    await buffer.runOnce();
    add('b', 'c');
    await buffer.runOnce();
    table.failure = null;
    await buffer.runOnce();

    expect([stored(), buffer.dropped, drops]).toEqual([['a'], 2, [[2, 'full']]]);
  });

  it('finds the rows that the store will never take, and stores all others', async () => {
    buffer = makeBuffer({ maxRows: 100 });
    table.refused = new Set(['c', 'f']);
    add('a', 'b', 'c', 'd', 'e', 'f', 'g');

    await buffer.runOnce();

    expect(stored().toSorted()).toEqual(['a', 'b', 'd', 'e', 'g']);
    expect([buffer.size, files.files.size, buffer.dropped]).toEqual([0, 0, 2]);
    expect(drops).toEqual([
      [1, 'refused'],
      [1, 'refused'],
    ]);
  });

  it('has one write at a time and loses nothing that comes meanwhile', async () => {
    const gate = makeGate();
    table.hold = gate.opened;
    add('a');
    const runs = [buffer.runOnce(), buffer.runOnce()];
    add('b');
    gate.open();
    await Promise.all(runs);

    expect(table.batches).toEqual([['a'], ['b']]);
    expect(buffer.size).toBe(0);
  });
});

describe('the end of a process', () => {
  it('stores what waits', async () => {
    buffer.start();
    add('a', 'b');

    expect(await buffer.flush(10_000)).toBe(0);
    expect([stored(), files.files.size, drops]).toEqual([['a', 'b'], 0, []]);
  });

  it('spools what the store does not take, for the next one, which has it at once', async () => {
    table.failure = away;
    add('a', 'b');
    expect(await buffer.flush(10_000)).toBe(0);
    table.failure = null;

    buffer = makeBuffer();
    await buffer.runOnce();

    expect([stored(), files.files.size, drops]).toEqual([['a', 'b'], 0, []]);
  });

  it('does not wait for a store that hangs', async () => {
    table.hold = new Promise(() => {});
    buffer = makeBuffer({ patienceMs: 0 });
    add('a');
    expect(await buffer.flush(1)).toBe(0);
    table.hold = null;

    buffer = makeBuffer();
    await buffer.runOnce();

    expect(stored()).toEqual(['a']);
  });

  it('says how many rows it leaves when the disk fails as well', async () => {
    table.failure = away;
    files.failure = new Error('disk full');
    add('a', 'b');

    expect(await buffer.flush(1)).toBe(2);
    expect([buffer.dropped, drops]).toEqual([2, [[2, 'full']]]);
  });
});

it('what a killed process had spooled is stored by the next one when its lease is over', async () => {
  table.failure = away;
  add('a');
  await buffer.runOnce();
  table.failure = null;

  buffer = makeBuffer();
  await buffer.runOnce();
  expect(stored()).toEqual([]);
  buffer = makeBuffer({ leaseMs: 0 });
  await buffer.runOnce();

  expect([stored(), files.files.size]).toEqual([['a'], 0]);
});
