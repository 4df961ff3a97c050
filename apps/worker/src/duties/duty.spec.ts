import { createLogger } from '@app/observability';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Duty, DutyLoop } from './duty.js';

const logger = createLogger({ name: 'test', level: 'silent' });
const EVERY_MS = 60_000;

/** A duty whose turns last until the test ends them. */
class HeldDuty implements Duty {
  readonly name = 'held';
  readonly everyMs = EVERY_MS;
  begun = 0;
  private readonly turns: PromiseWithResolvers<boolean>[] = [];

  async runOnce(): Promise<boolean> {
    this.begun += 1;
    const turn = Promise.withResolvers<boolean>();
    this.turns.push(turn);
    return await turn.promise;
  }

  /** Ends the turn that runs; `more` is what it answers. */
  end(more = false): void {
    this.turns.shift()?.resolve(more);
  }

  fail(): void {
    this.turns.shift()?.reject(new Error('Postgres is away'));
  }
}

let duty: HeldDuty;
let loop: DutyLoop;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  duty = new HeldDuty();
  loop = new DutyLoop(duty, logger, () => 0.5);
});
afterEach(async () => {
  duty.end();
  await loop.stop();
  vi.useRealTimers();
});

/** Lets the end of a turn be noticed, and due timers run. */
const pass = async (ms: number) => await vi.advanceTimersByTimeAsync(ms);

describe('DutyLoop', () => {
  it('takes its first turn when it starts', () => {
    loop.start();

    expect(duty.begun).toBe(1);
  });

  it('takes the next turn when its time has come, not before', async () => {
    loop.start();
    duty.end();

    await pass(EVERY_MS - 1);
    expect(duty.begun).toBe(1);
    await pass(1);

    expect(duty.begun).toBe(2);
  });

  it('goes on at once while there is more to do', async () => {
    loop.start();
    duty.end(true);

    await pass(0);

    expect(duty.begun).toBe(2);
  });

  it('takes a turn now when it is woken, and one only', async () => {
    loop.start();
    duty.end();
    await pass(10);

    loop.wake();
    loop.wake();

    expect(duty.begun).toBe(2);
    duty.end();
    await pass(0);
    duty.end();
    await pass(EVERY_MS - 1);
    expect(duty.begun).toBe(3);
  });

  it('never takes two turns at once, and one more after being woken in one', async () => {
    loop.start();

    loop.wake();
    loop.wake();
    expect(duty.begun).toBe(1);
    duty.end();
    await pass(0);
    expect(duty.begun).toBe(2);
    duty.end();
    await pass(0);

    expect(duty.begun).toBe(2);
  });

  it('comes again as usual after a turn that failed', async () => {
    loop.start();
    duty.fail();

    await pass(EVERY_MS - 1);
    expect(duty.begun).toBe(1);
    await pass(1);

    expect(duty.begun).toBe(2);
  });

  it('waits for the turn under way when it stops, and takes no other', async () => {
    const state = { isStopped: false };
    loop.start();
    loop.wake();

    const stopping = loop.stop().then(() => (state.isStopped = true));
    await pass(EVERY_MS);
    expect(state.isStopped).toBe(false);
    duty.end(true);
    await stopping;
    loop.wake();
    await pass(EVERY_MS);

    expect(duty.begun).toBe(1);
  });

  it('stops between two turns', async () => {
    loop.start();
    duty.end();
    await pass(1);

    await loop.stop();
    await pass(EVERY_MS);

    expect(duty.begun).toBe(1);
  });

  it('stops before it ever started', async () => {
    await expect(loop.stop()).resolves.toBeUndefined();
  });
});
