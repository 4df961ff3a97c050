import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LeaseKeeper } from './lease-keeper.js';
import { InMemoryTaskStore } from './testing/in-memory-task.store.js';

/** Answers renewals in order, then `true`. */
class RenewingStore extends InMemoryTaskStore {
  readonly renewals: Date[] = [];

  constructor(private readonly answers: (boolean | Error)[]) {
    super();
  }

  override async renewLease(_attemptId: string, _owner: string, until: Date): Promise<boolean> {
    this.renewals.push(until);
    const answer = this.answers.shift() ?? true;
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const keep = (...answers: (boolean | Error)[]) => {
  const store = new RenewingStore(answers);
  const lease = { attemptId: 'at-1', owner: 'me' };
  return { store, keeper: new LeaseKeeper(store, lease, { leaseMs: 10_000, renewEveryMs: 3_000 }) };
};

describe('LeaseKeeper', () => {
  it('moves the end of the lease ahead of the clock until it is stopped', async () => {
    const { store, keeper } = keep();

    await vi.advanceTimersByTimeAsync(6_000);
    keeper.stop();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(store.renewals.map(Number)).toEqual([13_000, 16_000]);
    expect(keeper.signal.aborted).toBe(false);
  });

  it('gives the call up when somebody else holds the attempt', async () => {
    const { keeper } = keep(true, false);

    await vi.advanceTimersByTimeAsync(3_000);
    expect(keeper.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(3_000);

    expect(keeper.signal.aborted).toBe(true);
    keeper.stop();
  });

  it('goes on while Postgres is away, because nobody can take over either', async () => {
    const { store, keeper } = keep(new Error('away'), new Error('away'));

    await vi.advanceTimersByTimeAsync(9_000);

    expect(store.renewals).toHaveLength(3);
    expect(keeper.signal.aborted).toBe(false);
    keeper.stop();
  });
});
