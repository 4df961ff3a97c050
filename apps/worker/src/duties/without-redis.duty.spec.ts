import { createLogger } from '@app/observability';
import type { Ring, Step, WorkQueue } from '@app/tasks';
import { InMemoryDueWork, workbench } from '@app/tasks/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WithoutRedisDuty } from './without-redis.duty.js';

class ScriptedOverdue extends InMemoryDueWork {
  rings: Ring[] = [];
  isAway = false;

  override async takeOverdue(_before: Date, limit: number): Promise<readonly Ring[]> {
    if (this.isAway) throw new Error('Postgres is away');
    return this.rings.splice(0, limit);
  }
}

let work: ScriptedOverdue;
let redis: { isAway: boolean };
let ran: string[];
let gate: PromiseWithResolvers<void> | null;
let duty: WithoutRedisDuty;
let pausedQueue: WorkQueue | null;
beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
  work = new ScriptedOverdue(workbench().store);
  redis = { isAway: true };
  ran = [];
  gate = null;
  pausedQueue = null;
  const step = (name: Step) => async (subject: string) => {
    ran.push(`${name} ${subject}`);
    await gate?.promise;
    if (subject === 'bad') throw new Error('a fault of ours');
  };
  duty = new WithoutRedisDuty({
    work,
    ping: async () => {
      if (redis.isAway) throw new Error('away');
    },
    steps: {
      submit: step('submit'),
      check: step('check'),
      archive: step('archive'),
      gather: step('gather'),
    },
    isPaused: (queue) => queue === pausedQueue,
    logger: createLogger({ name: 'test', level: 'silent' }),
    concurrency: 10,
    onRoom: () => undefined,
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const ring = (step: Step, subject: string): Ring => ({
  step,
  subject,
  ring: 'again-1',
  dueAt: new Date(0),
});

async function afterSeconds(seconds: number): Promise<boolean> {
  vi.setSystemTime(Date.now() + seconds * 1_000);
  return await duty.runOnce();
}

describe('WithoutRedisDuty', () => {
  it('leaves leases that nobody could renew while Postgres was away too', async () => {
    const lapsed = { ...ring('submit', 'tk-1'), ring: 'lease-1' };
    await afterSeconds(0);
    work.isAway = true;
    await expect(afterSeconds(30)).rejects.toThrow('away');
    work.isAway = false;

    work.rings = [lapsed];
    await afterSeconds(1);
    expect(ran).toEqual([]);
    work.rings = [lapsed];
    await afterSeconds(10);
    expect(ran).toEqual(['submit tk-1']);
  });

  it('does nothing until Redis has been away for half a minute', async () => {
    work.rings = [ring('submit', 'tk-1')];
    await afterSeconds(0);

    await afterSeconds(29);
    expect(ran).toEqual([]);
    await afterSeconds(1);
    await duty.drain();

    expect(ran).toEqual(['submit tk-1']);
  });

  it('runs every kind of step for what is overdue', async () => {
    await afterSeconds(0);
    await afterSeconds(30);
    for (const step of ['submit', 'check', 'archive'] as const) {
      work.rings = [ring(step, 'x')];
      await duty.runOnce();
    }
    await duty.drain();

    expect(ran).toEqual(['submit x', 'check x', 'archive x']);
  });

  it('leaves what an operator has paused', async () => {
    pausedQueue = 'archive';
    await afterSeconds(0);
    work.rings = [ring('archive', 'tk-1'), ring('check', 'at-1')];
    await afterSeconds(30);
    await duty.drain();

    expect(ran).toEqual(['check at-1']);
  });

  it('stops when Redis answers, and is patient anew when it goes again', async () => {
    await afterSeconds(0);
    redis.isAway = false;
    work.rings = [ring('submit', 'tk-1')];
    await afterSeconds(40);
    redis.isAway = true;
    await afterSeconds(1);

    await afterSeconds(29);

    expect(ran).toEqual([]);
  });

  it('runs no more at once than it may', async () => {
    gate = Promise.withResolvers();
    work.rings = Array.from({ length: 50 }, (_, index) => ring('submit', `tk-${index}`));
    await afterSeconds(0);
    await afterSeconds(30);
    for (let turn = 0; turn < 20; turn += 1) await duty.runOnce();

    expect(ran).toHaveLength(10);
    gate.resolve();
    await duty.drain();
  });

  it('goes on after a step that failed', async () => {
    await afterSeconds(0);
    work.rings = [ring('submit', 'bad'), ring('archive', 'tk-2')];
    await afterSeconds(30);

    await expect(duty.drain()).resolves.toBeUndefined();

    expect(ran).toEqual(['submit bad', 'archive tk-2']);
  });
});
