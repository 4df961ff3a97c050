import { createLogger } from '@app/observability';
import { InMemoryLedgerStore } from '@app/tenants/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { type LeftBehind, PendingReaperDuty } from './pending-reaper.duty.js';

const CHARGE = {
  tenantId: 'tn_1',
  keyId: 'key_1',
  model: 'gpt-5',
  provider: 'openai',
  priceVersion: 'v1',
  owner: 'api-7',
};
const left = (more: Partial<LeftBehind>): LeftBehind => ({
  id: 'req_1',
  dispatched: true,
  scopes: ['tn_1'],
  nanoUsd: 70,
  charge: CHARGE,
  ...more,
});

let ledger: InMemoryLedgerStore;
let found: LeftBehind[];
let resolved: string[];
let duty: PendingReaperDuty;
beforeEach(() => {
  ledger = new InMemoryLedgerStore();
  found = [];
  resolved = [];
  duty = new PendingReaperDuty({
    pending: {
      leftBehind: async (limit) => found.slice(0, limit),
      resolve: async (some) => {
        resolved.push(...some.map(({ id }) => id));
        found = [];
      },
    },
    ledger,
    logger: createLogger({ name: 'worker', level: 'silent' }),
  });
});

const written = () => [...ledger.transfers.values()];

describe('PendingReaperDuty', () => {
  it('has a request that was sent held in the name of its process, to be settled as such holds are', async () => {
    found = [left({})];

    await duty.runOnce();

    expect(written()).toMatchObject([
      { subject: 'req_1', kind: 'hold', amountNanoUsd: 70, owner: 'api-7', model: 'gpt-5' },
    ]);
    expect(await ledger.abandonedHolds(-1, 10)).toMatchObject([{ subject: 'req_1' }]);
    expect(resolved).toEqual(['req_1']);
  });

  it('leaves what the ledger has of it as it is', async () => {
    found = [left({})];
    await duty.runOnce();
    const [hold] = written();
    if (!hold) throw new Error('There is no hold');
    await ledger.write([{ ...hold, kind: 'release' }]);
    found = [left({})];

    await duty.runOnce();

    expect(written()).toHaveLength(2);
  });

  it('holds nothing in the name of a process that lives: it tells the ledger itself', async () => {
    await ledger.beat('api-7');
    found = [left({})];

    await duty.runOnce();

    expect(written()).toEqual([]);
    expect(resolved).toEqual(['req_1']);
  });

  it('writes nothing for what was never sent, for tasks, and for what nobody knows of any more', async () => {
    found = [
      left({ id: 'req_2', dispatched: false }),
      left({ id: 'tk-1', dispatched: false }),
      left({ id: 'req_3', charge: null, scopes: [] }),
    ];

    await duty.runOnce();

    expect(written()).toEqual([]);
    expect(resolved).toEqual(['req_2', 'tk-1', 'req_3']);
  });

  it('resolves nothing that it could not write', async () => {
    found = [left({})];
    ledger.failure = new Error('Postgres is away');

    await expect(duty.runOnce()).rejects.toThrow('Postgres is away');

    expect(resolved).toEqual([]);
  });

  it('goes on at once while there is more', async () => {
    found = Array.from({ length: 200 }, (_, index) => left({ id: `req_${index}` }));

    expect(await duty.runOnce()).toBe(true);
    expect(await duty.runOnce()).toBe(false);
  });
});
