import { createLogger } from '@app/observability';
import { InMemoryLedgerStore, makeTransfer } from '@app/tenants/testing';
import { describe, expect, it } from 'vitest';
import { LedgerDuty } from './ledger.duty.js';

const hourAgo = (): Date => new Date(Date.now() - 3_600_000);
const silent = createLogger({ name: 'test', level: 'silent' });

/** So many ends are left to account for. */
const endsOf = (left: number) => ({ account: async (limit: number) => Math.min(left, limit) });

/** A duty with a clock of its own; `passes` lets it take a turn every five seconds for so long. */
function bench(left = 0) {
  const ledger = new InMemoryLedgerStore();
  let nowMs = Date.now();
  const duty = new LedgerDuty(ledger, endsOf(left), silent, () => nowMs);
  return {
    ledger,
    duty,
    wait: (ms: number) => (nowMs += ms),
    passes: async (ms: number) => {
      for (const until = nowMs + ms; nowMs <= until; nowMs += duty.everyMs) await duty.runOnce();
    },
    spent: async () => (await ledger.balances(['tn_1']))[0]?.spent,
  };
}

const dead = makeTransfer({ subject: 'req_dead', owner: 'api-1', at: hourAgo() });

describe('LedgerDuty', () => {
  it('settles holds of processes that are silent for a minute, and leaves the others alone', async () => {
    const { ledger, passes } = bench();
    await ledger.beat('api-2');
    await ledger.write([
      dead,
      makeTransfer({ subject: 'req_alive', owner: 'api-2', at: hourAgo() }),
      makeTransfer({ subject: 'tk-1', at: hourAgo() }),
    ]);

    await passes(70_000);

    const [balance] = await ledger.balances(['tn_1']);
    expect(balance).toMatchObject({ spent: 1_000_000_000n, held: 2_000_000_000n });
  });

  it('waits a minute after its start and after every outage, for those who live to be heard of', async () => {
    const { ledger, passes, wait, spent, duty } = bench();
    await passes(50_000);
    ledger.failure = new Error('away');
    await expect(duty.runOnce()).rejects.toThrow('away');
    ledger.failure = null;
    wait(100_000);
    await ledger.write([dead]);

    await passes(50_000);
    const early = await spent();
    await passes(15_000);

    expect(early).toBe(0n);
    expect(await spent()).toBe(1_000_000_000n);
  });

  it.each([
    [500, true],
    [499, false],
  ])('with %i ends to account for, takes its next turn at once: %s', async (left, more) => {
    expect(await bench(left).duty.runOnce()).toBe(more);
  });
});
