import { randomUUID } from 'node:crypto';
import { failed, taskError } from '@app/tasks';
import {
  createArchiving,
  createQueued,
  createSuccess,
  createWithParts,
  makeContext,
} from '@app/tasks/testing';
import type { Balance } from '@app/tenants';
import { makeTransfer, makeUsage } from '@app/tenants/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PostgresLedgerStore } from './postgres-ledger.store.js';
import { PostgresUnaccountedEnds } from './postgres-unaccounted-ends.js';
import { rebuildLedger } from './rebuild-ledger.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { postgresHarness } from './testing/postgres-harness.js';
import { isProved, verifyLedger } from './verify-ledger.js';

let opened: OpenTestDatabase;
beforeEach(async () => {
  opened = await openTestDatabase();
});
afterEach(async () => await opened.close());

const HELD = { keyId: 'key_1', hold: { nanoUsd: 50, priceVersion: 'v1' } };
const ERROR = taskError('TASK_FAILED', 'No.');
const run = async (text: string): Promise<unknown> => await opened.database.query(text, []);

/** One of everything: tasks in every kind of state and end, requests held, charged and lost. */
async function seed() {
  const harness = postgresHarness(opened.database);
  const { store } = harness;
  const waiting = await createQueued(harness, HELD);
  const { task: won } = await createSuccess(harness, HELD);
  const { task: lost } = await createArchiving(harness, HELD);
  await store.apply(failed(lost, ERROR, makeContext()));
  await createSuccess(harness);
  await createWithParts(harness, HELD);
  const ledger = new PostgresLedgerStore(opened.database);
  await ledger.beat('api-1');
  await ledger.write([
    makeTransfer({ subject: 'req_open', owner: 'api-1' }),
    makeTransfer({ subject: 'req_done', owner: 'api-1' }),
    makeTransfer({ subject: 'req_done', kind: 'release' }),
    makeTransfer({
      subject: 'req_done',
      kind: 'charge',
      amountNanoUsd: 7,
      usage: makeUsage({ tokensIn: 12, tokensOut: 3 }),
    }),
    makeTransfer({ subject: 'req_free', kind: 'charge', amountNanoUsd: null, keyId: null }),
    makeTransfer({ subject: 'req_lost', kind: 'lost', amountNanoUsd: 9 }),
  ]);
  return { waiting, won, lost };
}

const differing = async (): Promise<readonly string[]> => {
  const { checks } = await verifyLedger(opened.database);
  return checks.filter(({ differences }) => differences > 0).map(({ name }) => name);
};

/** A change that no trigger sees. */
const behindItsBack = async (statement: string): Promise<void> => {
  await run('ALTER TABLE ledger DISABLE TRIGGER USER');
  await run(statement);
  await run('ALTER TABLE ledger ENABLE TRIGGER USER');
};

const ACCOUNTS = 'every tenant’s accounts sum to 0, and none holds less than nothing';
const BALANCES = 'balances say what the rows say';
const HOURS = 'hours of usage say what the rows say';
const HOLDS = 'open holds are those that no release followed';
const RELEASES = 'every release gives back the very hold before it';
const OPEN = 'open holds are of unfinished tasks and of requests under way';
const TASKS = 'tasks have the transfers that their rows demand, and no others';

describe('verifyLedger', () => {
  it('finds nothing where all is well, and says how much it looked at', async () => {
    await seed();

    const proof = await verifyLedger(opened.database);

    expect(proof.differences).toEqual([]);
    expect(isProved(proof)).toBe(true);
    const looked = Object.fromEntries(proof.checks.map((check) => [check.name, check.looked]));
    expect(looked).toMatchObject({ [HOLDS]: 3, [RELEASES]: 3, [TASKS]: 5 });
  });

  it('finds nothing in an empty database', async () => {
    expect(await differing()).toEqual([]);
  });

  it.each<[string, string, readonly string[]]>([
    ['a balance that was raised', 'UPDATE balances SET spent = spent + 1', [BALANCES]],
    [
      'a day that was emptied',
      "UPDATE balances SET day_spent = 0 WHERE scope = 'key_1'",
      [BALANCES],
    ],
    [
      'a month that was emptied',
      "UPDATE balances SET month_spent = 0 WHERE scope = 'key_1'",
      [BALANCES],
    ],
    ['a balance that is gone', "DELETE FROM balances WHERE scope = 'key_1'", [BALANCES]],
    [
      'a balance of nobody',
      `INSERT INTO balances VALUES ('tn_ghost', 1, '2026-01-01', 0, '2026-01-01', 0, 0, 0, now())`,
      [BALANCES],
    ],
    ['held money that is too little', 'UPDATE balances SET held = held - 1', [BALANCES]],
    ['an hour of usage that is gone', 'DELETE FROM usage_hours WHERE tokens_in > 0', [HOURS]],
    ['tokens that nobody used', 'UPDATE usage_hours SET tokens_out = tokens_out + 1', [HOURS]],
    ['pictures that nobody made', 'UPDATE usage_hours SET images = images + 1', [HOURS]],
    ['a loss that was hidden', 'UPDATE usage_hours SET lost_nano_usd = 0', [HOURS]],
    ['an open hold that is gone', "DELETE FROM ledger_holds WHERE subject = 'req_open'", [HOLDS]],
    ['an open hold of another amount', 'UPDATE ledger_holds SET amount_nano_usd = 1', [HOLDS]],
    [
      'a request’s hold that nobody owns',
      "UPDATE ledger_owners SET seen_at = now() - interval '1 hour'",
      [],
    ],
  ])('finds %s', async (_, corruption, expected) => {
    await seed();
    await run(corruption);

    expect(await differing()).toEqual(expected);
  });

  it('finds a hold of a process that is long dead', async () => {
    await new PostgresLedgerStore(opened.database).write([
      makeTransfer({
        subject: 'req_1',
        owner: 'api-dead',
        at: new Date(Date.now() - 3_600_000),
      }),
    ]);

    expect(await differing()).toEqual([OPEN]);
  });

  it.each<[string, string, readonly string[]]>([
    [
      'a charge that was changed',
      "UPDATE ledger SET amount_nano_usd = 8 WHERE subject = 'req_done' AND kind = 'charge'",
      [BALANCES, HOURS],
    ],
    [
      'a charge that was taken away',
      "DELETE FROM ledger WHERE subject = 'req_done' AND kind = 'charge'",
      [BALANCES, HOURS],
    ],
    [
      'a release of more than was held',
      "UPDATE ledger SET amount_nano_usd = amount_nano_usd + 1 WHERE subject = 'req_done' AND kind = 'release'",
      [BALANCES, RELEASES],
    ],
    [
      'a release that no hold came before',
      `INSERT INTO ledger (subject, kind, tenant_id, model, provider, amount_nano_usd, at) VALUES ('req_new', 'release', 'tn_new', 'm', 'p', 1, now())`,
      [ACCOUNTS, BALANCES, RELEASES],
    ],
    [
      'a hold of a task that is not there',
      `INSERT INTO ledger (subject, kind, tenant_id, model, provider, amount_nano_usd, at) VALUES ('tk-new', 'hold', 'tn_new', 'm', 'p', 1, now())`,
      [BALANCES, HOLDS],
    ],
  ])('finds %s', async (_, corruption, expected) => {
    await seed();
    await behindItsBack(corruption);

    expect(await differing()).toEqual(expected);
  });

  it('finds a task that ended without its transfers, with both figures', async () => {
    const { won, lost } = await seed();
    await behindItsBack(
      `DELETE FROM ledger WHERE subject IN ('${won.id}', '${lost.id}') AND kind IN ('charge', 'lost')`,
    );

    const { differences } = await verifyLedger(opened.database);

    const ofTasks = differences.filter(({ check }) => check === TASKS);
    expect(ofTasks.map(({ subject }) => subject).toSorted()).toEqual([won.id, lost.id].toSorted());
    expect(ofTasks.find(({ subject }) => subject === won.id)).toMatchObject({
      expected: expect.stringMatching(/^charge 40000000 .*, hold 50 .*, release 50 /),
      found: expect.not.stringContaining('charge'),
    });
  });

  it('finds a task that ended and still holds', async () => {
    const { waiting } = await seed();
    await run(
      `UPDATE tasks SET status = 'fail', completed_at = now(), next_action_at = NULL, accounted = true WHERE id = '${waiting.id}'`,
    );

    expect(await differing()).toEqual([OPEN, TASKS]);
  });

  it('finds transfers that a task does not demand', async () => {
    const { waiting } = await seed();
    await new PostgresLedgerStore(opened.database).write([
      makeTransfer({ subject: waiting.id, kind: 'charge', tenantId: waiting.tenantId }),
    ]);

    expect(await differing()).toEqual([TASKS]);
  });
});

/** Copies that remember what was done with them. */
class RecordingCopies {
  readonly done: (string | Balance)[] = [];
  async forget(): Promise<void> {
    this.done.push('forget');
  }
  async push(balances: readonly Balance[]): Promise<void> {
    this.done.push(...balances);
  }
}

describe('rebuildLedger', () => {
  it('makes everything from the rows again, and the copies after that', async () => {
    await seed();
    const ledger = new PostgresLedgerStore(opened.database);
    const [before] = await ledger.balances(['key_1']);
    await run('UPDATE balances SET spent = 0, held = 77');
    await run("DELETE FROM balances WHERE scope = 'tn_1'");
    await run('UPDATE usage_hours SET tasks = 0, seconds = 9');
    await run('DELETE FROM ledger_holds');
    const copies = new RecordingCopies();

    const rebuilt = await rebuildLedger(opened.database, copies);

    expect(await differing()).toEqual([]);
    const [after] = await ledger.balances(['key_1']);
    expect(after).toEqual({ ...before, version: (before?.version ?? 0n) + 1n });
    expect(rebuilt).toMatchObject({ holds: 3 });
    const [first, ...pushed] = copies.done;
    expect(first).toBe('forget');
    expect(pushed).toHaveLength(rebuilt.balances);
    expect(pushed).toContainEqual(after);
  });

  it('loses nothing that is written meanwhile', async () => {
    await seed();
    const ledger = new PostgresLedgerStore(opened.database);
    const copies = new RecordingCopies();

    await Promise.all([
      ...Array.from({ length: 20 }, async () => {
        await ledger.write([makeTransfer({ subject: `req_${randomUUID()}`, kind: 'charge' })]);
      }),
      rebuildLedger(opened.database, copies),
    ]);

    expect(await differing()).toEqual([]);
  });
});

describe('ends that a version before told the ledger nothing of', () => {
  it('are told as this version would have, once', async () => {
    const harness = postgresHarness(opened.database);
    const { task: won } = await createArchiving(harness, HELD);
    const lost = await createQueued(harness, HELD);
    const several = await createWithParts(harness, HELD);
    await run(
      `UPDATE tasks SET status = 'success', completed_at = now(), next_action_at = NULL, cost_nano_usd = NULL WHERE id = '${won.id}'`,
    );
    await run(`UPDATE tasks SET status = 'fail', completed_at = now(), next_action_at = NULL, dispatch_at = NULL
      WHERE id = '${lost.id}' OR id = '${several.task.id}' OR parent_id = '${several.task.id}'`);
    const ends = new PostgresUnaccountedEnds(opened.database);

    const accounted = await Promise.all([ends.account(100), ends.account(100)]);

    expect(Math.max(...accounted)).toBe(3);
    expect(await ends.account(100)).toBe(0);
    const told = await harness.transfersOf(won.id);
    expect(told.map(({ kind, amountNanoUsd }) => [kind, amountNanoUsd])).toEqual([
      ['hold', 50],
      ['charge', 50],
      ['release', 50],
    ]);
    expect(await differing()).toEqual([]);
  });
});
