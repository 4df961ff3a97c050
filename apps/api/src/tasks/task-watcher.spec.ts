import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TaskWatcher } from './task-watcher.js';

/** The marks of rows, and the statements that asked for them. */
class Rows {
  readonly marks = new Map<string, string>();
  readonly statements: (readonly string[])[] = [];
  away = false;

  async marksOf(taskIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.statements.push(taskIds);
    if (this.away) throw new Error('Postgres is away');
    return new Map(taskIds.map((id) => [id, this.marks.get(id) ?? '1']));
  }
}

const errors: unknown[] = [];
const onError = (error: unknown): void => void errors.push(error);
const setUp = (maxWaiters?: number) => {
  const rows = new Rows();
  const limits = maxWaiters === undefined ? {} : { maxWaiters };
  return { rows, watcher: new TaskWatcher(rows, { ...limits, onError }) };
};
const nobody = new AbortController().signal;

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  errors.length = 0;
});

describe('TaskWatcher', () => {
  it('wakes those who wait for the task that a signal names, with its new mark', async () => {
    const { rows, watcher } = setUp();
    const waits = [1, 2].map(async () => await watcher.wait('tk-1', '1', nobody, 500));
    const other = watcher.wait('tk-2', '1', nobody, 500);
    rows.marks.set('tk-1', '2');

    watcher.tell(['tk-1', 'tk-9']);
    await vi.advanceTimersByTimeAsync(500);

    expect(await Promise.all(waits)).toEqual([1, 2].map(() => ({ changed: true, mark: '2' })));
    expect(await other).toEqual({ changed: false, because: 'time' });
    expect(rows.statements).toEqual([['tk-1']]);
  });

  it('finds a change without a signal, by one statement a second for everybody', async () => {
    const { rows, watcher } = setUp();
    const ids = Array.from({ length: 3_000 }, (_, index) => `tk-${index}`);
    const waits = ids.map(async (id) => await watcher.wait(id, '1', nobody, 60_000));

    await vi.advanceTimersByTimeAsync(3_000);
    expect(rows.statements.map(({ length }) => length)).toEqual([3_000, 3_000, 3_000]);

    for (const id of ids) rows.marks.set(id, '2');
    await vi.advanceTimersByTimeAsync(1_000);

    expect(await Promise.all(waits)).toEqual(ids.map(() => ({ changed: true, mark: '2' })));
    expect(rows.statements).toHaveLength(4);
  });

  it('looks at what many signals named with few statements', async () => {
    const { rows, watcher } = setUp();
    const ids = Array.from({ length: 500 }, (_, index) => `tk-${index}`);
    const waits = ids.map(async (id) => await watcher.wait(id, '1', nobody, 900));
    for (const id of ids) {
      rows.marks.set(id, '2');
      watcher.tell([id]);
    }

    await vi.advanceTimersByTimeAsync(900);

    expect(new Set(await Promise.all(waits))).toHaveLength(500);
    expect(rows.statements).toHaveLength(1);
  });

  it('asks nothing while nobody waits, and nothing for a signal that nobody waits for', async () => {
    const { rows, watcher } = setUp();
    const wait = watcher.wait('tk-1', '1', nobody, 1_500);
    await vi.advanceTimersByTimeAsync(1_500);
    await wait;

    watcher.tell(['tk-1']);
    await vi.advanceTimersByTimeAsync(10_000);

    expect(rows.statements).toHaveLength(1);
  });

  it('lets go of a caller who left', async () => {
    const { rows, watcher } = setUp();
    const caller = new AbortController();
    const wait = watcher.wait('tk-1', '1', caller.signal, 60_000);

    caller.abort();
    await vi.advanceTimersByTimeAsync(10_000);

    expect(await wait).toEqual({ changed: false, because: 'gone' });
    expect(await watcher.wait('tk-1', '1', caller.signal, 60_000)).toMatchObject({
      because: 'gone',
    });
    expect(rows.statements).toEqual([]);
  });

  it('answers at once when too many wait, and takes more when some have left', async () => {
    const { watcher } = setUp(1);
    const first = watcher.wait('tk-1', '1', nobody, 100);

    expect(await watcher.wait('tk-1', '1', nobody, 100)).toEqual({
      changed: false,
      because: 'full',
    });
    await vi.advanceTimersByTimeAsync(100);
    await first;
    const next = watcher.wait('tk-1', '1', nobody, 100);
    await vi.advanceTimersByTimeAsync(100);
    expect(await next).toMatchObject({ because: 'time' });
  });

  it('goes on after a look that failed', async () => {
    const { rows, watcher } = setUp();
    const wait = watcher.wait('tk-1', '1', nobody, 60_000);
    rows.away = true;
    await vi.advanceTimersByTimeAsync(2_000);
    rows.away = false;
    rows.marks.set('tk-1', '2');

    await vi.advanceTimersByTimeAsync(1_000);

    expect(await wait).toEqual({ changed: true, mark: '2' });
    expect(errors).toHaveLength(2);
  });

  it('lets everybody go when the process stops, and whoever comes later', async () => {
    const { watcher } = setUp();
    const wait = watcher.wait('tk-1', '1', nobody, 60_000);

    watcher.close();

    expect(await wait).toEqual({ changed: false, because: 'closed' });
    expect(await watcher.wait('tk-1', '1', nobody, 60_000)).toEqual({
      changed: false,
      because: 'closed',
    });
    expect(vi.getTimerCount()).toBe(0);
  });
});
