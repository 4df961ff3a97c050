import { createLogger, createMetrics } from '@app/observability';
import type { OpenAttempt } from '@app/tasks';
import { createSubmitted, workbench } from '@app/tasks/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { CheckSweepDuty, type CheckSweepParts } from './check-sweep.duty.js';

const NOW = Date.now();
let due: ReturnType<typeof workbench>['due'];
let bench: ReturnType<typeof workbench>;
beforeEach(() => {
  bench = workbench();
  due = bench.due;
});

/** Attempts that are submitted and due. */
async function jobs(count: number): Promise<readonly string[]> {
  const made: string[] = [];
  for (let job = 0; job < count; job += 1) {
    const { attempt } = await createSubmitted(bench.harness);
    due.due.set(attempt.id, NOW - 1_000);
    made.push(attempt.id);
  }
  return made;
}

/** Looks that last until the test ends them. */
class HeldLooks {
  readonly runs: (readonly string[])[] = [];
  private readonly gates: PromiseWithResolvers<void>[] = [];

  async load(ids: readonly string[]): Promise<readonly OpenAttempt[]> {
    return await bench.check.load(ids);
  }

  async lookAtAll(open: readonly OpenAttempt[]): Promise<void> {
    this.runs.push(open.map(({ attempt }) => attempt.id));
    const gate = Promise.withResolvers<void>();
    this.gates.push(gate);
    await gate.promise;
  }

  end(): void {
    for (const gate of this.gates.splice(0)) gate.resolve();
  }

  fail(): void {
    for (const gate of this.gates.splice(0)) gate.reject(new Error('Postgres is away'));
  }
}

const everything = async (_account: string, _perSecond: number, count: number) => ({
  allowed: count,
  nextInMs: 0,
  everyMs: 0,
});

function sweep(check: HeldLooks, parts: Partial<CheckSweepParts> = {}): CheckSweepDuty {
  return new CheckSweepDuty({
    due,
    check,
    rates: { take: everything },
    limitsOf: () => ({ inFlight: 10, submitsPerSecond: 1, checksPerSecond: 10 }),
    logger: createLogger({ name: 'test', level: 'silent' }),
    metrics: createMetrics(),
    concurrency: 100,
    shutdown: new AbortController().signal,
    onRoom: () => undefined,
    ...parts,
  });
}

const waitOf = (id: string | undefined): number => (due.due.get(id ?? '') ?? 0) - Date.now();

describe('CheckSweepDuty', () => {
  it('looks at what is due, once', async () => {
    const ids = await jobs(3);
    const looks = new HeldLooks();
    const duty = sweep(looks);

    expect(await duty.runOnce()).toBe(false);
    await duty.runOnce();

    expect(looks.runs).toEqual([ids]);
    looks.end();
    await duty.drain();
  });

  it('does not wait for the looks', async () => {
    await jobs(1);
    const looks = new HeldLooks();
    const duty = sweep(looks);
    await duty.runOnce();
    const [late] = await jobs(1);

    await duty.runOnce();

    expect(looks.runs.at(-1)).toEqual([late]);
    looks.end();
    await duty.drain();
  });

  it('forgets what is over', async () => {
    due.due.set('at-over', NOW - 1);
    const duty = sweep(new HeldLooks());

    await duty.runOnce();

    expect(due.due.has('at-over')).toBe(false);
  });

  it('puts off what is over the rate of its account, one after the other', async () => {
    const ids = await jobs(4);
    const looks = new HeldLooks();
    const duty = sweep(looks, {
      rates: { take: async () => ({ allowed: 2, nextInMs: 5_000, everyMs: 1_000 }) },
    });

    await duty.runOnce();

    expect(looks.runs).toEqual([ids.slice(0, 2)]);
    expect(Math.round(waitOf(ids[2]) / 1_000)).toBe(5);
    expect(Math.round(waitOf(ids[3]) / 1_000)).toBe(6);
    looks.end();
    await duty.drain();
  });

  it('takes no more than it has room for, and lets one account have half of it', async () => {
    const ids = await jobs(8);
    const looks = new HeldLooks();
    const duty = sweep(looks, { concurrency: 6 });

    await duty.runOnce();
    await duty.runOnce();

    expect(looks.runs).toEqual([ids.slice(0, 3)]);
    expect(waitOf(ids[3])).toBeGreaterThan(0);
    looks.end();
    await duty.drain();
  });

  it('does not look again at what is being looked at, although its claim lapsed', async () => {
    const [id] = await jobs(1);
    const looks = new HeldLooks();
    const duty = sweep(looks);
    await duty.runOnce();
    due.due.set(id ?? '', NOW - 1);

    await duty.runOnce();

    expect(looks.runs).toHaveLength(1);
    looks.end();
    await duty.drain();
  });

  it('goes on after looks that failed; theirs are due again when the claim lapses', async () => {
    const [id] = await jobs(1);
    const looks = new HeldLooks();
    const duty = sweep(looks);
    await duty.runOnce();

    looks.fail();
    await duty.drain();

    expect(waitOf(id)).toBeGreaterThan(20_000);
  });

  it('fails its turn while the index is away', async () => {
    due.failure = new Error('Redis is away');

    await expect(sweep(new HeldLooks()).runOnce()).rejects.toThrow('Redis is away');
  });
});
