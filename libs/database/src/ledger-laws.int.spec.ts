import { randomUUID } from 'node:crypto';
import type { Transfer } from '@app/tenants';
import { makeTransfer } from '@app/tenants/testing';
import {
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  nat,
  option,
  record,
} from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from './database.js';
import { transferRecord, WRITE_TRANSFERS } from './ledger.sql.js';
import { PostgresLedgerStore } from './postgres-ledger.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { isProved, verifyLedger } from './verify-ledger.js';

let opened: OpenTestDatabase;
let processes: readonly Database[];
beforeAll(async () => {
  opened = await openTestDatabase();
  processes = [1, 2, 3].map(() => new Database(opened.url, { maxConnections: 4 }));
});
afterAll(async () => {
  await Promise.all(processes.map(async (database) => await database.close()));
  await opened.close();
});

const MOMENTS = [
  '2026-01-31T23:59:59.999Z',
  '2026-02-01T00:00:00.000Z',
  '2026-02-28T23:59:59.999Z',
  '2026-03-01T00:00:00.000Z',
  '2026-03-01T12:00:00.000Z',
] as const;
const BATCHES = 12;

/** One call: held or not, then ended in some way; each transfer is written in some batch, perhaps in two. */
const anyLife = record({
  tenant: nat(2),
  key: option(nat(2)),
  hold: option(integer({ min: 0, max: 1_000 })),
  charge: option(record({ amount: option(integer({ min: 0, max: 1_500 })) })),
  lost: option(record({ amount: option(integer({ min: 0, max: 1_000 })) })),
  began: constantFrom(...MOMENTS),
  ended: constantFrom(...MOMENTS),
  batches: array(nat(BATCHES - 1), { minLength: 8, maxLength: 8 }),
  isTwice: boolean(),
});
interface Life {
  readonly tenant: number;
  readonly key: number | null;
  readonly hold: number | null;
  /** Null: not charged; a null in it: at a price that nobody knows. */
  readonly charge: { readonly amount: number | null } | null;
  readonly lost: { readonly amount: number | null } | null;
  readonly began: string;
  readonly ended: string;
  readonly batches: readonly number[];
  readonly isTwice: boolean;
}

function transfersOf(life: Life, run: string): readonly Transfer[] {
  const common = {
    subject: `req_${randomUUID()}`,
    tenantId: `tn_${run}_${life.tenant}`,
    keyId: life.key === null ? null : `key_${run}_${life.key}`,
  };
  const [began, ended] = [new Date(life.began), new Date(life.ended)];
  const { hold, charge, lost } = life;
  return [
    ...(hold === null ? [] : [makeTransfer({ ...common, amountNanoUsd: hold, at: began })]),
    ...(hold === null
      ? []
      : [makeTransfer({ ...common, kind: 'release', amountNanoUsd: hold, at: ended })]),
    ...(charge === null
      ? []
      : [makeTransfer({ ...common, kind: 'charge', amountNanoUsd: charge.amount, at: ended })]),
    ...(lost === null
      ? []
      : [makeTransfer({ ...common, kind: 'lost', amountNanoUsd: lost.amount, at: ended })]),
  ];
}

/** Written, and taken back at the last moment: as by a process that dies before its commit. */
async function writeInVain(database: Database, transfers: readonly Transfer[]): Promise<void> {
  const died = new Error('died');
  const dying = database.transaction(async (client) => {
    await client.query(WRITE_TRANSFERS, [JSON.stringify(transfers.map(transferRecord))]);
    throw died;
  });
  await expect(dying).rejects.toBe(died);
}

describe('the ledger, written by several processes at once', () => {
  it('adds up after any history: duplicates, aborted commits, midnights, and releases that overtake', async () => {
    const law = asyncProperty(
      array(anyLife, { minLength: 1, maxLength: 30 }),
      array(nat(BATCHES - 1), { maxLength: 3 }),
      async (lives, aborted) => {
        const run = randomUUID();
        const batches: Transfer[][] = Array.from({ length: BATCHES }, () => []);
        const all = lives.flatMap((life) => {
          const transfers = transfersOf(life, run);
          transfers.forEach((transfer, index) => {
            batches[life.batches[index] ?? 0]?.push(transfer);
            if (life.isTwice) batches[life.batches[index + 4] ?? 0]?.push(transfer);
          });
          return transfers;
        });

        await Promise.all(
          batches.map(async (batch, index) => {
            const database = processes[index % processes.length] ?? opened.database;
            if (aborted.includes(index)) await writeInVain(database, batch);
            await new PostgresLedgerStore(database).write(batch);
          }),
        );

        const scopes = [...new Set(all.flatMap(({ tenantId, keyId }) => [tenantId, keyId ?? []]))];
        for (const balance of await new PostgresLedgerStore(opened.database).balances(
          scopes.flat(),
        )) {
          const own = all.filter(
            ({ tenantId, keyId }) => tenantId === balance.scope || keyId === balance.scope,
          );
          const spent = own
            .filter(({ kind }) => kind === 'charge')
            .reduce((sum, { amountNanoUsd }) => sum + BigInt(amountNanoUsd ?? 0), 0n);
          expect(balance).toMatchObject({ spent, held: 0n });
        }
        const proof = await verifyLedger(opened.database);
        expect(proof.differences).toEqual([]);
        expect(isProved(proof)).toBe(true);
      },
    );

    await assert(law, { numRuns: 40, seed: 20_261_123 });
  }, 60_000);
});
