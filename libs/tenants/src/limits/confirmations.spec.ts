import { describe, expect, it } from 'vitest';
import { InMemoryLedgerStore } from '../testing/in-memory-ledger.store.js';
import { Confirmations } from './confirmations.js';
import type { Balance } from './limiter.js';

class Recorder {
  readonly confirmed: [readonly string[], readonly string[]][] = [];

  async confirm(ids: readonly string[], balances: readonly Balance[]): Promise<void> {
    this.confirmed.push([ids, balances.map(({ scope }) => scope)]);
  }
}

const paid = (id: string, scope = 'tn_1') => ({
  id,
  scopes: [{ id: scope, limits: { dailyBudgetNanoUsd: 5 } }],
  cost: { requests: 0, reads: 0, tokens: 0, concurrent: 0, nanoUsd: 1 } as const,
});

function open() {
  const [ledger, limiter, errors] = [new InMemoryLedgerStore(), new Recorder(), [] as unknown[]];
  const options = { everyMs: 3_600_000, onError: (error: unknown) => errors.push(error) };
  return { ledger, limiter, errors, all: new Confirmations(ledger, limiter, options) };
}

describe('Confirmations', () => {
  it('tell of a group at once, with the balance of each scope', async () => {
    const { all, limiter } = open();
    all.add(paid('a'));
    all.add(paid('b'));
    all.add(paid('c', 'tn_2'));

    await all.flush();
    await all.flush();

    expect(limiter.confirmed).toEqual([
      [
        ['a', 'b', 'c'],
        ['tn_1', 'tn_2'],
      ],
    ]);
  });

  it('tell nothing of what no budget counts', async () => {
    const { all, limiter } = open();
    all.add({ ...paid('a'), scopes: [{ id: 'tn_1', limits: { requestsPerMinute: 1 } }] });

    await all.flush();

    expect(limiter.confirmed).toEqual([]);
  });

  it('keep what they could not tell for the next time', async () => {
    const { all, ledger, limiter, errors } = open();
    all.add(paid('a'));
    ledger.failure = new Error('away');
    await all.flush();
    expect([errors.length, limiter.confirmed]).toEqual([1, []]);

    ledger.failure = null;
    await all.flush();

    expect(limiter.confirmed).toEqual([[['a'], ['tn_1']]]);
  });
});
