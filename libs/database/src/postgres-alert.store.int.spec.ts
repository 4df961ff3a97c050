import { alertTo, type Condition, type Incident, OPERATORS_ID } from '@app/callbacks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresAlertStore } from './postgres-alert.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
let alerts: PostgresAlertStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  alerts = new PostgresAlertStore(opened.database);
});
afterAll(async () => await opened?.close());
beforeEach(async () => {
  await run('DELETE FROM incidents');
  await run('DELETE FROM deliveries');
  await run('DELETE FROM vendor_health');
});

const run = async (text: string, values: readonly unknown[] = []) =>
  await opened.database.query(text, values);
const NOW = new Date();
const OPENED: Condition = {
  kind: 'breaker',
  subject: 'bfl/flux-2-pro',
  data: { model: 'flux-2-pro' },
};
const delivery = () => alertTo('https://ops.example/alerts', 'breaker.opened', OPENED.data, NOW);
const incident = async (): Promise<Incident> => {
  const [open] = await alerts.open();
  if (!open) throw new Error('no incident is open');
  return open;
};
const delivered = async () =>
  await run('SELECT id, tenant_id, state, next_attempt_at <= now() AS due FROM deliveries');

describe('an incident', () => {
  it('is begun, and told of, by one of many who see it', async () => {
    const begun = await Promise.all(
      Array.from({ length: 10 }, async () => await alerts.begin(OPENED, delivery(), NOW)),
    );

    expect(begun.filter(Boolean)).toHaveLength(1);
    expect(await delivered()).toEqual([
      { id: expect.any(String) as unknown, tenant_id: OPERATORS_ID, state: 'pending', due: true },
    ]);
    expect(await incident()).toMatchObject({ ...OPENED, endedAt: null });
  });

  it('ends once, and may begin again', async () => {
    await alerts.begin(OPENED, null, NOW);
    const open = await incident();

    const ended = await Promise.all(
      Array.from({ length: 5 }, async () => await alerts.end(open, delivery(), NOW)),
    );

    expect(ended.filter(Boolean)).toHaveLength(1);
    expect(await delivered()).toHaveLength(1);
    expect(await alerts.open()).toEqual([]);
    expect(await alerts.begin(OPENED, null, NOW)).toBe(true);
    expect((await alerts.newest(10)).map(({ endedAt }) => endedAt === null)).toEqual([true, false]);
  });

  it('is kept without being told of where nobody wants to know', async () => {
    await alerts.begin(OPENED, null, NOW);

    expect(await delivered()).toEqual([]);
    expect(await alerts.open()).toHaveLength(1);
  });

  it('is forgotten after its end alone', async () => {
    await alerts.begin(OPENED, null, new Date(0));
    await alerts.forget(NOW);
    expect(await alerts.newest(10)).toHaveLength(1);

    await alerts.end(await incident(), null, new Date(1));
    await alerts.forget(NOW);
    expect(await alerts.newest(10)).toEqual([]);
  });
});

describe('what holds now', () => {
  it('are budgets of tenants and keys that are spent so far, by day and month', async () => {
    await run(
      `INSERT INTO plans (name, policy, changed_at) VALUES ('free', '{"dailyBudgetUsd": 1, "monthlyBudgetUsd": 100}', now())`,
    );
    await run(
      `INSERT INTO tenants (id, name, source, plan, policy) VALUES ('tn_a', 'a', 'admin', 'free', '{"dailyBudgetUsd": 2}')`,
    );
    await run(
      `INSERT INTO tenant_keys (id, tenant_id, prefix, digest, source, policy) VALUES ('key_a', 'tn_a', 'tg-aaaaa', 'x', 'admin', '{"monthlyBudgetUsd": 2.5}')`,
    );
    await run(
      `INSERT INTO ledger (subject, kind, tenant_id, key_id, model, provider, amount_nano_usd, at) VALUES ('req_a', 'charge', 'tn_a', 'key_a', 'm', 'p', 2000000000, now())`,
    );

    const found = (await alerts.conditions([0.8, 1])).map(({ data }) => [
      data['keyId'] ?? data['tenantId'],
      data['period'],
      data['threshold'],
      data['limitUsd'],
    ]);

    expect(found).toEqual(
      expect.arrayContaining([
        ['tn_a', 'day', 0.8, 2],
        ['tn_a', 'day', 1, 2],
        ['key_a', 'month', 0.8, 2.5],
      ]),
    );
    expect(found).toHaveLength(3);
  });

  it('are breakers until a call has succeeded, and accounts that their vendors refuse', async () => {
    await run(
      `INSERT INTO vendor_health (subject, provider, state, changed_at) VALUES
        ('model:bfl/flux-2-pro', 'bfl', '{"failures": 5, "openUntil": 1, "opened": 1}', now()),
        ('model:bfl/flux-2-max', 'bfl', '{"failures": 2, "openUntil": null, "opened": 0}', now()),
        ('account:bfl:1', 'bfl', '{}', now()),
        ('account-trouble:bfl:1', 'bfl', '{"since": 0, "why": "402", "probeAt": 0, "waitMs": 1}', now())`,
    );

    const found = (await alerts.conditions([])).filter(({ kind }) => kind !== 'receiver');

    expect(found).toEqual([
      {
        kind: 'account',
        subject: 'bfl/bfl:1',
        data: { provider: 'bfl', account: 'bfl:1', why: '402', since: '1970-01-01T00:00:00.000Z' },
      },
      {
        kind: 'breaker',
        subject: 'bfl/flux-2-pro',
        data: { provider: 'bfl', model: 'flux-2-pro' },
      },
    ]);
  });
});
