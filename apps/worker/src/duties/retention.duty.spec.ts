import { createMetrics } from '@app/observability';
import { RetentionStore } from '@app/tasks';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RetentionDuty } from './retention.duty.js';

const NOW = new Date('2026-06-01T12:00:00.000Z');

/** So much of each kind has had its time. */
class ScriptedRows extends RetentionStore {
  objects: readonly string[] = [];
  tasks = 0;
  receivers = 0;
  readonly forgotten: string[] = [];
  readonly before: Record<string, Date> = {};
  failure: Error | null = null;

  override async expiredObjects(_now: Date, limit: number): Promise<readonly string[]> {
    return this.objects.slice(0, limit);
  }
  override async forgetObjects(keys: readonly string[]): Promise<void> {
    this.forgotten.push(...keys);
  }
  override async dropTasks(before: Date, limit: number): Promise<number> {
    if (this.failure) throw this.failure;
    this.before['tasks'] = before;
    return Math.min(this.tasks, limit);
  }
  override async dropReceivers(before: Date, limit: number): Promise<number> {
    this.before['receivers'] = before;
    return Math.min(this.receivers, limit);
  }
  override async dropResponses(before: Date): Promise<number> {
    this.before['responses'] = before;
    return 0;
  }
  override async unnamed(keys: readonly string[]): Promise<readonly string[]> {
    return keys;
  }
}

let rows: ScriptedRows;
let keys: { expired: number };
let deleted: string[];
let duty: RetentionDuty;
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
  rows = new ScriptedRows();
  keys = { expired: 0 };
  deleted = [];
  duty = new RetentionDuty({
    work: { forgetIdempotencyKeys: async (_, limit) => Math.min(keys.expired, limit) },
    rows,
    outputs: {
      delete: async (key) => {
        if (key === 'outputs/stuck') throw new Error('store away');
        deleted.push(key);
      },
    },
    metrics: createMetrics(),
    taskDays: 90,
  });
  return () => vi.useRealTimers();
});

const objects = (count: number) => Array.from({ length: count }, (_, index) => `outputs/${index}`);

describe('RetentionDuty', () => {
  it('has nothing more to do when every batch was short', async () => {
    keys.expired = 999;
    rows.objects = objects(99);
    rows.tasks = 199;
    rows.receivers = 999;

    expect(await duty.runOnce()).toBe(false);
  });

  it.each([
    ['idempotency keys', () => (keys.expired = 1_000)],
    ['objects', () => (rows.objects = objects(100))],
    ['tasks', () => (rows.tasks = 200)],
    ['receivers', () => (rows.receivers = 1_000)],
  ])('goes on at once after a full batch of %s', async (_, fill) => {
    fill();

    expect(await duty.runOnce()).toBe(true);
  });

  it('deletes objects before it forgets their rows', async () => {
    rows.objects = ['outputs/1', 'inputs/2'];

    await duty.runOnce();

    expect(deleted).toEqual(['outputs/1', 'inputs/2']);
    expect(rows.forgotten).toEqual(['outputs/1', 'inputs/2']);
  });

  it('keeps the row of an object that could not be deleted, and goes on with the others', async () => {
    rows.objects = ['outputs/stuck', 'outputs/1'];

    await expect(duty.runOnce()).rejects.toThrow('store away');

    expect(rows.forgotten).toEqual(['outputs/1']);
    expect(Object.keys(rows.before)).toEqual(['tasks', 'receivers', 'responses']);
  });

  it('forgets receivers although tasks could not be dropped', async () => {
    rows.failure = new Error('Postgres is away');

    await expect(duty.runOnce()).rejects.toThrow('Postgres is away');

    expect(rows.before['receivers']).toBeDefined();
  });

  it('keeps tasks and receivers for as many days as it was told, and whose responses are for 60', async () => {
    await duty.runOnce();

    expect(rows.before).toEqual({
      tasks: new Date('2026-03-03T12:00:00.000Z'),
      receivers: new Date('2026-03-03T12:00:00.000Z'),
      responses: new Date('2026-04-02T12:00:00.000Z'),
    });
  });
});
