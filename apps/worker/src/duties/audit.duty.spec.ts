import { createLogger } from '@app/observability';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditDuty, type AuditPartitions } from './audit.duty.js';

const NOW = new Date('2026-06-15T12:00:00.000Z');
const DAYS_30_BEFORE = new Date('2026-05-16T12:00:00.000Z');
const AUGUST = new Date('2026-08-01T00:00:00.000Z');

/** Says what it was asked for, and has as much to do as it is told. */
class ScriptedPartitions implements AuditPartitions {
  readonly asked: Record<string, readonly unknown[][]> = {};
  first: Date | null = null;
  toPrune = 0;
  toBring = 0;
  failure: Error | null = null;

  async make(first: Date, last: Date): Promise<readonly string[]> {
    this.note('make', first, last);
    if (this.failure) throw this.failure;
    return [];
  }
  async drop(before: Date): Promise<readonly string[]> {
    this.note('drop', before);
    return ['audit_log_2026_04'];
  }
  async pruneDefault(before: Date, limit: number): Promise<number> {
    this.note('prune', before);
    return Math.min(this.toPrune, limit);
  }
  async firstOfVersionBefore(): Promise<Date | null> {
    return this.first;
  }
  async bringOver(notBefore: Date, limit: number): Promise<number> {
    this.note('bring', notBefore);
    return Math.min(this.toBring, limit);
  }
  private note(what: string, ...values: unknown[]): void {
    this.asked[what] = [...(this.asked[what] ?? []), values];
  }
}

let partitions: ScriptedPartitions;
let duty: AuditDuty;
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
  partitions = new ScriptedPartitions();
  const logger = createLogger({ name: 'test', level: 'silent' });
  duty = new AuditDuty({ partitions, logger, days: 30 });
  return () => vi.useRealTimers();
});

describe('AuditDuty', () => {
  it('makes the months to come and drops what is older than it was told', async () => {
    expect(await duty.runOnce()).toBe(false);

    expect(partitions.asked).toEqual({
      make: [[NOW, AUGUST]],
      drop: [[DAYS_30_BEFORE]],
      prune: [[DAYS_30_BEFORE]],
      bring: [[DAYS_30_BEFORE]],
    });
  });

  it.each([
    ['2026-05-20T00:00:00.000Z', new Date('2026-05-20T00:00:00.000Z')],
    ['2020-01-01T00:00:00.000Z', DAYS_30_BEFORE],
  ])('makes the months that rows since %s of the version before need', async (first, from) => {
    partitions.first = new Date(first);

    await duty.runOnce();

    expect(partitions.asked['make']).toEqual([[from, AUGUST]]);
  });

  it('looks after months every ten minutes, and at the rows of the version before each time', async () => {
    await duty.runOnce();
    await duty.runOnce();
    vi.setSystemTime(NOW.getTime() + 600_000);
    await duty.runOnce();

    expect(partitions.asked['make']).toHaveLength(2);
    expect(partitions.asked['bring']).toHaveLength(3);
  });

  it.each([
    ['rows of the version before', () => (partitions.toBring = 2_000)],
    ['rows of no month', () => (partitions.toPrune = 2_000)],
  ])('goes on at once after a full batch of %s', async (_, fill) => {
    fill();

    expect(await duty.runOnce()).toBe(true);
  });

  it('brings rows over although a month could not be made, and tries again', async () => {
    partitions.failure = new Error('canceling statement due to lock timeout');
    await expect(duty.runOnce()).rejects.toThrow('lock timeout');
    partitions.failure = null;

    await duty.runOnce();

    expect(partitions.asked['bring']).toHaveLength(2);
    expect(partitions.asked['drop']).toHaveLength(1);
  });
});
