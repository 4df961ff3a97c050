import type { FinishedAttempt } from '@app/callbacks';
import { claimedDelivery } from '@app/callbacks/testing';
import { createLogger } from '@app/observability';
import { describe, expect, it } from 'vitest';
import { AttemptRecords } from './attempt-records.js';

/** A record of which only the id matters here. */
function finished(id: string): FinishedAttempt {
  const claimed = claimedDelivery({ id });
  return {
    claimed,
    attempt: {
      deliveryId: id,
      number: 1,
      trigger: 'auto',
      startedAt: claimed.createdAt,
      durationMs: 1,
      phases: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null },
      remoteAddress: null,
      status: 200,
      errorClass: null,
      error: null,
      answerSnippet: '',
    },
    next: { state: 'delivered', nextAttemptAt: null },
  };
}

const idsOf = (group: readonly FinishedAttempt[]): readonly string[] =>
  group.map(({ claimed }) => claimed.id);

/** Records whose writes fail as long as `fails` says so; each rest lets 250 ms pass. */
function bench(
  fails: (ids: readonly string[], write: number) => boolean = () => false,
  isHeld: (id: string, write: number) => boolean = () => false,
) {
  const clock = { ms: 0 };
  const shutdown = new AbortController();
  const writes: (readonly string[])[] = [];
  const gone: string[] = [];
  const records = new AttemptRecords({
    write: async (group) => {
      writes.push(idsOf(group));
      if (fails(idsOf(group), writes.length)) throw new Error('Postgres is away');
      return group.filter(({ claimed }) => isHeld(claimed.id, writes.length));
    },
    onGone: (group) => gone.push(...idsOf(group)),
    shutdown: shutdown.signal,
    logger: createLogger({ name: 'test', level: 'silent' }),
    nowMs: () => clock.ms,
    rest: async (milliseconds) => void (clock.ms += milliseconds),
  });
  return { records, clock, shutdown, writes, gone };
}

const UNTIL_MS = 20_000;

describe('AttemptRecords', () => {
  it('writes together what ends together, and frees it when it is written', async () => {
    const { records, writes, gone } = bench();
    for (const id of ['a', 'b', 'c']) records.add(finished(id), UNTIL_MS);
    expect(gone).toEqual([]);

    await records.idle();

    expect(writes).toEqual([['a', 'b', 'c']]);
    expect(gone).toEqual(['a', 'b', 'c']);
  });

  it('writes at most 256 at once', async () => {
    const { records, writes } = bench();
    for (let index = 0; index < 300; index += 1) records.add(finished(`m${index}`), UNTIL_MS);

    await records.idle();

    expect(writes.map((group) => group.length)).toEqual([256, 44]);
  });

  it('tries again what could not be written', async () => {
    const { records, gone } = bench((_ids, write) => write <= 3);
    for (const id of ['a', 'b', 'c']) records.add(finished(id), UNTIL_MS);

    await records.idle();

    expect(gone.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('writes the others although one cannot be written', async () => {
    const { records, gone, clock } = bench((ids) => ids.includes('bad'));
    for (const id of ['a', 'bad', 'c', 'd']) records.add(finished(id), UNTIL_MS);

    await records.idle();

    expect(gone).toHaveLength(4);
    expect(gone.at(-1)).toBe('bad');
    expect(clock.ms).toBe(UNTIL_MS);
  });

  it('brings again what is held up, and frees the others meanwhile', async () => {
    const { records, writes, gone } = bench(undefined, (id, write) => id === 'held' && write < 3);
    for (const id of ['a', 'held', 'c']) records.add(finished(id), UNTIL_MS);

    await records.idle();

    expect(writes).toEqual([['a', 'held', 'c'], ['held'], ['held']]);
    expect(gone).toEqual(['a', 'c', 'held']);
  });

  it('gives up at the end of the lease, for then another worker makes the attempt anew', async () => {
    const { records, writes, gone, clock } = bench(() => true);
    records.add(finished('a'), 1_000);

    await records.idle();

    expect(clock.ms).toBe(1_000);
    expect(writes).toHaveLength(4);
    expect(gone).toEqual(['a']);
  });

  it('tries no longer once the drain time is over', async () => {
    const { records, writes, gone, shutdown } = bench(() => true);
    shutdown.abort();
    records.add(finished('a'), UNTIL_MS);

    await records.idle();

    expect(writes).toHaveLength(1);
    expect(gone).toEqual(['a']);
  });

  it('goes on with what comes later', async () => {
    const { records, gone } = bench();
    records.add(finished('a'), UNTIL_MS);
    await records.idle();
    records.add(finished('b'), UNTIL_MS);

    await records.idle();

    expect(gone).toEqual(['a', 'b']);
  });
});
