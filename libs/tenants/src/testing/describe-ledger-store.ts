import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LedgerStore } from '../ledger/ledger.store.js';
import type { Transfer } from '../ledger/ledger.js';
import { makeTransfer } from './make-transfer.js';

/** What every ledger promises. Ids are fresh, so rows of others may be there. */
export function describeLedgerStore(name: string, makeStore: () => Promise<LedgerStore>): void {
  describe(`${name} as a ledger`, () => {
    describeMoney(makeStore);
    describePeriods(makeStore);
    describeHolds(makeStore);
    describeChanges(makeStore);
  });
}

function describeMoney(makeStore: () => Promise<LedgerStore>): void {
  it('holds for tenant and key, and gives all of it back with the release', async () => {
    const { store, scopes, transfer, read } = await open(makeStore);

    await store.write([transfer({ amountNanoUsd: 70 })]);
    const held = await read();
    await store.write([
      transfer({ kind: 'release', amountNanoUsd: 70 }),
      transfer({ kind: 'charge', amountNanoUsd: 30 }),
    ]);

    expect(held.map(({ scope, held: sum, spent }) => [scope, sum, spent])).toEqual(
      scopes.map((scope) => [scope, 70n, 0n]),
    );
    expect((await read()).map(({ held: sum, spent }) => [sum, spent])).toEqual([
      [0n, 30n],
      [0n, 30n],
    ]);
  });

  it('writes what it has already no second time, nor beside what is new', async () => {
    const { store, transfer, read } = await open(makeStore);
    const hold = transfer({ amountNanoUsd: 70 });
    const charge = transfer({ kind: 'charge', amountNanoUsd: 30 });
    await store.write([hold, hold]);

    await store.write([hold, charge]);
    const [once] = await read();
    await store.write([hold, charge]);

    expect(once).toMatchObject({ held: 70n, spent: 30n });
    expect((await read())[0]).toEqual(once);
  });

  it('keeps losses and unknown prices out of every balance', async () => {
    const { store, transfer, read } = await open(makeStore);

    await store.write([
      transfer({ kind: 'lost', amountNanoUsd: 5 }),
      transfer({ kind: 'charge', amountNanoUsd: null }),
    ]);

    expect((await read())[0]).toMatchObject({ held: 0n, spent: 0n, daySpent: 0n });
  });

  it('tells what was lost, also when nobody knows how much', async () => {
    const { store, transfer } = await open(makeStore);
    const [known, unknown, none] = [randomUUID(), randomUUID(), randomUUID()];
    await store.write([
      transfer({ subject: known, kind: 'lost', amountNanoUsd: 5 }),
      transfer({ subject: unknown, kind: 'lost', amountNanoUsd: null }),
      transfer({ subject: none, kind: 'charge', amountNanoUsd: 5 }),
    ]);

    const lost = await store.lostOf([known, unknown, none]);

    expect([...lost].toSorted(byFirst)).toEqual(
      [[known, 5n] as const, [unknown, null] as const].toSorted(byFirst),
    );
  });

  it('counts a transfer without a key for the tenant alone', async () => {
    const { store, transfer, read } = await open(makeStore);

    await store.write([transfer({ keyId: null, amountNanoUsd: 70 })]);

    expect((await read()).map(({ held }) => held)).toEqual([70n, 0n]);
  });

  it('has zeros for a scope that it knows nothing of', async () => {
    const { read } = await open(makeStore);

    expect((await read())[0]).toMatchObject({ version: 0n, spent: 0n, held: 0n });
  });

  it('takes an empty batch', async () => {
    const { store } = await open(makeStore);

    await expect(store.write([])).resolves.toBeUndefined();
  });
}

function describePeriods(makeStore: () => Promise<LedgerStore>): void {
  it.each<[string, readonly (readonly [string, number])[], object]>([
    [
      'the same day',
      [
        ['2026-03-01T00:00:00.000Z', 1],
        ['2026-03-01T23:59:59.999Z', 2],
      ],
      { day: '2026-03-01', daySpent: 3n, month: '2026-03', monthSpent: 3n, spent: 3n },
    ],
    [
      'the next day',
      [
        ['2026-03-01T23:59:59.999Z', 1],
        ['2026-03-02T00:00:00.000Z', 2],
      ],
      { day: '2026-03-02', daySpent: 2n, month: '2026-03', monthSpent: 3n, spent: 3n },
    ],
    [
      'the next month',
      [
        ['2026-03-31T23:59:59.999Z', 1],
        ['2026-04-01T00:00:00.000Z', 2],
      ],
      { day: '2026-04-01', daySpent: 2n, month: '2026-04', monthSpent: 2n, spent: 3n },
    ],
    [
      'yesterday, which comes late',
      [
        ['2026-03-02T00:00:00.000Z', 2],
        ['2026-03-01T23:59:59.999Z', 1],
      ],
      { day: '2026-03-02', daySpent: 2n, month: '2026-03', monthSpent: 3n, spent: 3n },
    ],
    [
      'last month, which comes late',
      [
        ['2026-04-01T00:00:00.000Z', 2],
        ['2026-03-31T23:59:59.999Z', 1],
      ],
      { day: '2026-04-01', daySpent: 2n, month: '2026-04', monthSpent: 2n, spent: 3n },
    ],
  ])('counts a charge of %s', async (_, charges, expected) => {
    const { store, transfer, read } = await open(makeStore);
    const batch = charges.map(([at, amountNanoUsd]) =>
      transfer({ subject: randomUUID(), kind: 'charge', at: new Date(at), amountNanoUsd }),
    );

    for (const charge of batch) await store.write([charge]);

    expect((await read())[0]).toMatchObject(expected);
  });

  it('counts a batch over midnight like one after the other', async () => {
    const { store, transfer, read } = await open(makeStore);
    const charge = (at: string, amountNanoUsd: number) =>
      transfer({ subject: randomUUID(), kind: 'charge', at: new Date(at), amountNanoUsd });

    await store.write([
      charge('2026-03-31T23:59:59.999Z', 1),
      charge('2026-04-01T00:00:00.000Z', 2),
      charge('2026-04-01T12:00:00.000Z', 4),
    ]);

    expect((await read())[0]).toMatchObject({ day: '2026-04-01', daySpent: 6n, monthSpent: 6n });
  });

  it('takes no moment of a clock that is ahead', async () => {
    const { store, transfer, read } = await open(makeStore);
    const at = new Date('2100-01-01T00:00:00.000Z');

    await store.write([transfer({ kind: 'charge', amountNanoUsd: 1, at })]);

    const [balance] = await read();
    expect(balance?.day.slice(0, 2)).toBe('20');
    expect(balance).toMatchObject({ daySpent: 1n, monthSpent: 1n });
  });
}

function describeHolds(makeStore: () => Promise<LedgerStore>): void {
  it('shows holds of a process that was never heard of, once they are old enough', async () => {
    const { store, transfer, abandoned } = await open(makeStore);
    const old = transfer({ owner: randomUUID(), at: hourAgo(), amountNanoUsd: 70 });
    await store.write([old, transfer({ subject: randomUUID(), owner: randomUUID() })]);

    const { kind: _, usage: __, ...hold } = old;
    expect(await abandoned(60_000)).toEqual([hold]);
  });

  it('shows no hold of a process that was heard of', async () => {
    const { store, transfer, abandoned } = await open(makeStore);
    const owner = randomUUID();
    await store.write([transfer({ owner, at: hourAgo() })]);

    await store.beat(owner);
    await store.forgetOwners();

    expect(await abandoned(60_000)).toEqual([]);
    expect(await abandoned(0)).toHaveLength(1);
    expect(await store.heardOf([owner, randomUUID()], 60_000)).toEqual(new Set([owner]));
    expect(await store.heardOf([owner], 0)).toEqual(new Set());
  });

  it.each(['charge', 'lost'] as const)(
    'shows a hold that came after its %s, though its process lives',
    async (kind) => {
      const { store, transfer, abandoned } = await open(makeStore);
      const owner = randomUUID();
      await store.beat(owner);
      await store.write([transfer({ kind, owner: null })]);

      await store.write([transfer({ owner, at: hourAgo() })]);

      expect(await abandoned(60_000)).toHaveLength(1);
    },
  );

  it('shows no hold that was released, nor one of a task', async () => {
    const { store, transfer, abandoned } = await open(makeStore);
    await store.write([transfer({ owner: randomUUID(), at: hourAgo() })]);
    await store.write([
      transfer({ kind: 'release' }),
      transfer({ subject: `tk-${randomUUID()}`, owner: null, at: hourAgo() }),
    ]);

    expect(await abandoned(0)).toEqual([]);
  });
}

function describeChanges(makeStore: () => Promise<LedgerStore>): void {
  it('tells of balances that changed since, and what to ask with next', async () => {
    const { store, scopes, transfer } = await open(makeStore);
    const before = await store.changedBalances(null);
    await store.write([transfer({ amountNanoUsd: 70 })]);

    const after = await store.changedBalances(before.asOf);

    const own = (found: readonly { readonly scope: string; readonly held: bigint }[]) =>
      found.filter(({ scope }) => scopes.includes(scope)).map(({ held }) => held);
    expect(own(before.balances)).toEqual([]);
    expect(own(after.balances)).toEqual([70n, 70n]);
    expect(after.asOf.getTime()).toBeGreaterThanOrEqual(before.asOf.getTime());
  });

  it('gives a balance a higher version with each change', async () => {
    const { store, transfer, read } = await open(makeStore);
    await store.write([transfer({})]);
    const [first] = await read();

    await store.write([transfer({ kind: 'release' })]);

    const [second] = await read();
    expect(Number(second?.version)).toBeGreaterThan(Number(first?.version));
  });
}

async function open(makeStore: () => Promise<LedgerStore>) {
  const store = await makeStore();
  const [subject, tenantId, keyId] = [randomUUID(), `tn_${randomUUID()}`, `key_${randomUUID()}`];
  const scopes = [tenantId, keyId];
  return {
    store,
    scopes,
    transfer: (fields: Partial<Transfer>) => makeTransfer({ subject, tenantId, keyId, ...fields }),
    read: async () => await store.balances(scopes),
    abandoned: async (silentMs: number) =>
      (await store.abandonedHolds(silentMs, 1_000)).filter((hold) => hold.tenantId === tenantId),
  };
}

const hourAgo = (): Date => new Date(Date.now() - 3_600_000);

const byFirst = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : 1;
