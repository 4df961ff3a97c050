import { createMetrics } from '@app/observability';
import { Bell, DueWork, type Ring } from '@app/tasks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReconcilerDuty } from './reconciler.duty.js';

const OVERDUE = new Date(0);
const CHECK: Ring = { step: 'check', subject: 'at-1', ring: 'again-2', dueAt: OVERDUE };
const LEASE: Ring = { step: 'submit', subject: 'tk-1', ring: 'lease-1', dueAt: OVERDUE };

class ScriptedWork extends DueWork {
  rings: readonly Ring[] = [];
  isAway = false;

  override async overdue(): Promise<readonly Ring[]> {
    if (this.isAway) throw new Error('Postgres is away');
    return this.rings;
  }
  override async takeOverdue(): Promise<readonly Ring[]> {
    return [];
  }
  inFlight: readonly Ring[] = [];
  override async checksInFlight(after: string, limit: number): Promise<readonly Ring[]> {
    return this.inFlight.filter(({ subject }) => subject > after).slice(0, limit);
  }
  override async relay(): Promise<number> {
    return 0;
  }
  override async pastDeadline(): Promise<readonly string[]> {
    return [];
  }
  override async forgetIdempotencyKeys(): Promise<number> {
    return 0;
  }
}

class NotingBell extends Bell {
  readonly rung: Ring[] = [];
  readonly held = new Set<Ring>();

  isAway = false;

  override async ring(rings: readonly Ring[]): Promise<void> {
    if (this.isAway) throw new Error('Redis is away');
    this.rung.push(...rings);
  }
  emptied = false;
  override async isEmptied(): Promise<boolean> {
    return this.emptied;
  }
  override async markFilled(): Promise<void> {
    this.emptied = false;
  }
  override async lost(rings: readonly Ring[]): Promise<readonly Ring[]> {
    return rings.filter((ring) => !this.held.has(ring));
  }
}

let work: ScriptedWork;
let bell: NotingBell;
let duty: ReconcilerDuty;
let metrics: ReturnType<typeof createMetrics>;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  work = new ScriptedWork();
  bell = new NotingBell();
  metrics = createMetrics();
  duty = new ReconcilerDuty(work, bell, metrics);
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets so many seconds pass, with the turns of that time. */
async function turnsOf(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    vi.advanceTimersByTime(5_000);
    await duty.runOnce().catch(() => undefined);
  }
}

const counted = async (): Promise<number> => {
  const { values } = await metrics.reconciled.get();
  return values.reduce((sum, { value }) => sum + value, 0);
};

const flight = (count: number): readonly Ring[] =>
  Array.from({ length: count }, (_, index) => ({
    ...CHECK,
    subject: `at-${String(index).padStart(5, '0')}`,
    dueAt: new Date(9_999_999),
  }));

describe('ReconcilerDuty', () => {
  it('rings again, now, for a row that nobody will look at, and counts it', async () => {
    work.rings = [CHECK];

    await duty.runOnce();

    expect(bell.rung).toEqual([{ ...CHECK, dueAt: new Date() }]);
    expect(await counted()).toBe(1);
  });

  it('leaves a row alone whose job the queue holds: being late is not being lost', async () => {
    work.rings = [CHECK];
    bell.held.add(CHECK);

    await duty.runOnce();

    expect(bell.rung).toEqual([]);
    expect(await counted()).toBe(0);
  });

  it('counts nothing that could not be rung', async () => {
    work.rings = [CHECK];
    bell.isAway = true;

    await expect(duty.runOnce()).rejects.toThrow('Redis is away');

    expect(await counted()).toBe(0);
  });

  it('believes that a lease ran out once Postgres was there to renew it', async () => {
    await duty.runOnce();
    work.rings = [LEASE];

    await turnsOf(5);
    expect(bell.rung).toEqual([]);

    await turnsOf(5);
    expect(bell.rung).toMatchObject([LEASE].map(({ ring }) => ({ ring })));
  });

  it('gives a living worker another lease to renew its own after Postgres was away', async () => {
    await turnsOf(60);
    work.isAway = true;
    await turnsOf(30);
    work.isAway = false;
    work.rings = [LEASE, CHECK];

    await turnsOf(5);
    expect(bell.rung.map(({ step }) => step)).toEqual(['check']);

    work.rings = [];
    await turnsOf(30);
    expect(bell.rung).toHaveLength(1);
  });

  describe('when Redis was emptied', () => {
    it.each([0, 1, 999, 1_000, 2_500])(
      'rings for each of %i jobs in flight now, although they are due later',
      async (count) => {
        bell.emptied = true;
        work.inFlight = flight(count);

        await duty.runOnce();

        expect(new Set(bell.rung.map(({ subject }) => subject)).size).toBe(count);
        expect(bell.rung.every(({ dueAt }) => dueAt.getTime() === Date.now())).toBe(true);
        expect(bell.emptied).toBe(false);
        expect(await counted()).toBe(0);
      },
    );

    it('fills it once', async () => {
      bell.emptied = true;
      work.inFlight = flight(3);

      await turnsOf(60);

      expect(bell.rung).toHaveLength(3);
    });

    it('does not call it filled when that broke off', async () => {
      bell.emptied = true;
      bell.isAway = true;
      work.inFlight = flight(3);

      await expect(duty.runOnce()).rejects.toThrow('Redis is away');

      expect(bell.emptied).toBe(true);
    });

    it('rings for what is overdue without grace, but believes no lease to have run out', async () => {
      bell.emptied = true;
      work.rings = [CHECK, LEASE];
      bell.held.add(CHECK).add(LEASE);

      await duty.runOnce();

      expect(bell.rung.map(({ step }) => step)).toEqual(['check']);
    });
  });
});
