import type { ToldOfReceiver } from '@app/callbacks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresReceiverReports } from './postgres-receiver-reports.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant } from './testing/postgres-harness.js';
import { plansOf } from './testing/statement-plans.js';

let opened: OpenTestDatabase;
let reports: PostgresReceiverReports;
let tenantId: string;
beforeAll(async () => {
  opened = await openTestDatabase();
  reports = new PostgresReceiverReports(opened.database);
  tenantId = await makeTenant(opened.database);
});
beforeEach(async () => {
  await opened.database.query('DELETE FROM deliveries', []);
  await opened.database.query('DELETE FROM callback_receivers', []);
});
afterAll(async () => await opened.close());

const MINUTE_MS = 60_000;
const ago = (ms: number): Date => new Date(Date.now() - ms);

const openFor = (ms: number): object => ({
  breaker: { failures: 5, openUntil: Date.now() + ms, opened: 1 },
});

interface Row {
  readonly health?: object;
  readonly failingSince?: Date;
  readonly lookAt?: Date;
  readonly reported?: ToldOfReceiver;
}

async function receiver(origin: string, row: Row = {}): Promise<void> {
  await opened.database.query(
    `INSERT INTO callback_receivers (tenant_id, origin, health, failing_since, look_at, reported)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      tenantId,
      origin,
      JSON.stringify(row.health ?? {}),
      row.failingSince ?? null,
      row.lookAt ?? null,
      row.reported ? JSON.stringify(row.reported) : null,
    ],
  );
}

async function delivery(id: string, dueAt: Date | null, parked = false): Promise<void> {
  await opened.database.query(
    `INSERT INTO deliveries (id, tenant_id, event, sequence, url, body, state, next_attempt_at, parked, created_at)
     VALUES ($1, $2, 'callback.test', 0, 'https://a.example/hook', '{}', $5, $3, $4, now())`,
    [id, tenantId, dueAt, parked, dueAt ? 'pending' : 'delivered'],
  );
}

const TOLD: ToldOfReceiver = { failingSince: 1, afterMs: 3_600_000, disabledAt: null };
const A = 'https://a.example';
const B = 'https://b.example';

describe('PostgresReceiverReports', () => {
  it('scans no table of deliveries, however many there are', async () => {
    await opened.database.query(
      `INSERT INTO deliveries (id, tenant_id, event, sequence, url, body, state, next_attempt_at, parked, created_at)
       SELECT 'msg_' || n, $1, 'callback.test', 0, 'https://a.example/hook', '{}', CASE WHEN n % 50 = 0 THEN 'pending' ELSE 'delivered' END,
         CASE WHEN n % 50 = 0 THEN now() END, n % 100 = 0, now() FROM generate_series(1, 10000) n`,
      [tenantId],
    );
    await opened.database.query('ANALYZE deliveries', []);

    const plans = await plansOf(opened.url, async () => await reports.figures());

    expect(plans.filter(({ plan }) => plan.includes('Seq Scan on deliveries'))).toEqual([]);
  });

  it('counts nothing where nothing is', async () => {
    expect(await reports.figures()).toEqual({
      failing: 0,
      open: 0,
      disabled: 0,
      waiting: 0,
      oldestDue: null,
      lateSince: null,
    });
  });

  it('counts receivers that fail now, those left alone for a while, and those for good', async () => {
    const failing = { failingSince: Date.now() - MINUTE_MS, lastFailureAt: Date.now() };
    const since = ago(MINUTE_MS);
    await receiver('https://well.example', { health: { lastSuccessAt: 1 } });
    await receiver('https://failing.example', { health: failing, failingSince: since });
    await receiver('https://open.example', {
      health: { ...failing, ...openFor(MINUTE_MS) },
      failingSince: since,
    });
    await receiver('https://half-open.example', {
      health: { ...failing, ...openFor(-MINUTE_MS) },
      failingSince: since,
    });
    await receiver('https://disabled.example', {
      health: { ...failing, disabledAt: Date.now(), ...openFor(MINUTE_MS) },
      failingSince: since,
    });
    await receiver('https://disabled-by-hand.example', { health: { disabledAt: 1 } });
    await receiver('https://abandoned.example', {
      health: { failingSince: 1, lastFailureAt: 2 },
      failingSince: new Date(1),
    });

    expect(await reports.figures()).toMatchObject({ failing: 3, open: 1, disabled: 2 });
  });

  it('tells what waits for its receiver from what waits for a worker', async () => {
    const [old, older] = [ago(MINUTE_MS), ago(2 * MINUTE_MS)];
    await receiver(A, { lookAt: ago(-MINUTE_MS) });
    await delivery('msg_parked', older, true);
    await delivery('msg_future', ago(-MINUTE_MS), true);
    await delivery('msg_over', null);
    const waitsForItsReceiver = await reports.figures();
    await delivery('msg_fresh', old);
    const waitsForAWorker = await reports.figures();

    expect(waitsForItsReceiver).toMatchObject({ waiting: 2, oldestDue: older, lateSince: null });
    expect(waitsForAWorker).toMatchObject({ waiting: 3, oldestDue: older, lateSince: old });
  });

  it('calls a receiver late that should have been looked at', async () => {
    const lookAt = ago(MINUTE_MS);
    await receiver(A, { lookAt });

    expect(await reports.figures()).toMatchObject({ waiting: 0, lateSince: lookAt });
  });

  it('shows who fails, is left alone or was told of, page by page', async () => {
    const failing = { failingSince: 5, lastFailureAt: 6, failures: 7 };
    await receiver(A, { health: failing, failingSince: new Date(5) });
    await receiver(B, { health: { lastSuccessAt: 3 }, reported: TOLD });
    await receiver('https://c.example', { health: { disabledAt: 9 } });
    await receiver('https://d.example', { health: { lastSuccessAt: 3 } });

    const first = await reports.watched(null, 2);
    const rest = await reports.watched(first.at(-1) ?? null, 2);

    expect(first).toEqual([
      {
        tenantId,
        tenant: expect.stringMatching(/^tenant-/),
        origin: A,
        health: { ...failing, lastSuccessAt: null, disabledAt: null },
        told: null,
      },
      expect.objectContaining({ origin: B, told: TOLD }),
    ]);
    expect(rest.map(({ origin }) => origin)).toEqual(['https://c.example']);
  });

  it('lets one of several workers tell, and the end once too', async () => {
    await receiver(A);
    const key = { tenantId, origin: A };

    const begun = await Promise.all([1, 2, 3].map(() => reports.note(key, null, TOLD)));
    const ended = await Promise.all([1, 2, 3].map(() => reports.note(key, TOLD, null)));

    expect(begun.filter(Boolean)).toHaveLength(1);
    expect(ended.filter(Boolean)).toHaveLength(1);
  });

  it('tells nothing of a receiver that is gone', async () => {
    expect(await reports.note({ tenantId, origin: A }, null, TOLD)).toBe(false);
  });
});
