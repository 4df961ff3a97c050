import { createLogger } from '@app/observability';
import { InMemoryLedgerStore, makeTransfer } from '@app/tenants/testing';
import { describe, expect, it } from 'vitest';
import { LedgerDuty } from './ledger.duty.js';

const hourAgo = (): Date => new Date(Date.now() - 3_600_000);
const silent = createLogger({ name: 'test', level: 'silent' });

/** So many ends are left to account for. */
const endsOf = (left: number) => ({ account: async (limit: number) => Math.min(left, limit) });

describe('LedgerDuty', () => {
  it('settles holds of processes that are silent for a minute, and leaves the others alone', async () => {
    const ledger = new InMemoryLedgerStore();
    await ledger.beat('api-2');
    await ledger.write([
      makeTransfer({ subject: 'req_dead', owner: 'api-1', at: hourAgo() }),
      makeTransfer({ subject: 'req_alive', owner: 'api-2', at: hourAgo() }),
      makeTransfer({ subject: 'tk-1', at: hourAgo() }),
    ]);
    const duty = new LedgerDuty(ledger, endsOf(0), silent);

    const more = [await duty.runOnce(), await duty.runOnce()];

    expect(more).toEqual([false, false]);
    const [balance] = await ledger.balances(['tn_1']);
    expect(balance).toMatchObject({ spent: 1_000_000_000n, held: 2_000_000_000n });
  });

  it.each([
    [500, true],
    [499, false],
  ])('takes its next turn at once when there may be more than %i', async (left, more) => {
    expect(await new LedgerDuty(new InMemoryLedgerStore(), endsOf(left), silent).runOnce()).toBe(
      more,
    );
  });
});
