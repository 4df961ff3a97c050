import { type TransferKind, USAGE_GROUPS, type UsageGroup, type UsageQuery } from '@app/tenants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresUsageStore } from './postgres-usage.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

/** Always the same ledger, so that a failure is a change's. */
let seed = 20_261_123;
const random = (below: number): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * below);
};
const pick = <T>(...values: readonly T[]): T => values[random(values.length)] as T;

interface Entry {
  readonly subject: string;
  readonly kind: TransferKind;
  readonly tenant_id: string;
  readonly key_id: string | null;
  readonly model: string;
  readonly provider: string;
  readonly amount_nano_usd: number | null;
  readonly at: string;
  readonly source: string | null;
  readonly tokens_in: number | null;
  readonly tokens_out: number | null;
  readonly tokens_cached: number | null;
  readonly tokens_reasoning: number | null;
  readonly tokens_audio: number | null;
  readonly unit: string | null;
  readonly quantity: number | null;
}

const FIRST = Date.UTC(2026, 9, 30);
const TENANTS = ['tn_a', 'tn_b', 'tn_c'] as const;

function entry(index: number): Entry {
  const kind = pick<TransferKind>('hold', 'release', 'charge', 'charge', 'charge', 'lost');
  const isTask = random(2) === 0;
  const isCharge = kind === 'charge';
  const tokens = (): number | null => (isCharge && random(4) > 0 ? random(100_000) : null);
  return {
    subject: `${isTask ? 'tk-' : 'req_'}${index}`,
    kind,
    tenant_id: pick(...TENANTS),
    key_id: pick('key_1', 'key_2', null),
    model: pick('gpt-5', 'flux-2-pro', 'veo-3-1'),
    provider: pick('openai', 'bfl'),
    // Some of them far beyond what a sum of numbers holds.
    amount_nano_usd:
      (isCharge || kind === 'lost') && random(5) === 0
        ? null
        : random(2) * 4_503_599_627_370_496 + random(1e9),
    at: new Date(FIRST + random(5 * 24 * 3_600_000)).toISOString(),
    source: isCharge ? pick('provider', 'estimated', 'none') : null,
    tokens_in: tokens(),
    tokens_out: tokens(),
    tokens_cached: tokens(),
    tokens_reasoning: tokens(),
    tokens_audio: tokens(),
    unit: isCharge && isTask ? pick('image', 'second') : null,
    quantity: isCharge && isTask ? random(20) / 2 : null,
  };
}

const INSERT = `
INSERT INTO ledger (subject, kind, tenant_id, key_id, model, provider, amount_nano_usd, at, source, tokens_in, tokens_out,
  tokens_cached, tokens_reasoning, tokens_audio, unit, quantity)
SELECT subject, kind, tenant_id, key_id, model, provider, amount_nano_usd, at, source, tokens_in, tokens_out, tokens_cached,
  tokens_reasoning, tokens_audio, unit, quantity
FROM jsonb_populate_recordset(NULL::ledger, $1::jsonb) ON CONFLICT (subject, kind) DO NOTHING`;

let opened: OpenTestDatabase;
let store: PostgresUsageStore;
const entries = Array.from({ length: 600 }, (_, index) => entry(index));
beforeAll(async () => {
  opened = await openTestDatabase();
  store = new PostgresUsageStore(opened.database);
  await opened.database.query(
    `INSERT INTO tenants (id, name, source) SELECT unnest($1::text[]), unnest($1::text[]), 'admin'`,
    [TENANTS],
  );
  await opened.database.query(
    `INSERT INTO tenant_keys (id, tenant_id, prefix, digest, source) VALUES ('key_1', 'tn_a', 'tg-first', 'x', 'admin')`,
    [],
  );
  for (let at = 0; at < entries.length; at += 37) {
    const batch = JSON.stringify(entries.slice(at, at + 37));
    await opened.database.query(INSERT, [batch]);
    // A batch whose answer was lost comes again.
    await opened.database.query(INSERT, [batch]);
  }
});
afterAll(async () => await opened.close());

const EVERYTHING: UsageQuery = {
  tenantId: null,
  from: new Date(FIRST),
  to: new Date(FIRST + 6 * 24 * 3_600_000),
  groupBy: ['day'],
  limit: 10_000,
};

const GROUP_OF: Record<UsageGroup, (one: Entry) => string | null> = {
  hour: ({ at }) => `${at.slice(0, 13)}:00:00.000Z`,
  day: ({ at }) => at.slice(0, 10),
  tenant: (one) => one.tenant_id,
  model: (one) => one.model,
  provider: (one) => one.provider,
  key: (one) => one.key_id,
};

type Sums = Record<string, bigint | number>;

/** What the ledger's rows come to, added up here. */
function sumsOf(rows: readonly Entry[]): Sums {
  const charges = rows.filter(({ kind }) => kind === 'charge');
  const counted = rows.filter(({ kind }) => kind === 'charge' || kind === 'lost');
  const sum = (of: (one: Entry) => number | null, from = charges) =>
    from.reduce((total, one) => total + (of(one) ?? 0), 0);
  const money = (from: readonly Entry[]) =>
    from.reduce((total, one) => total + BigInt(one.amount_nano_usd ?? 0), 0n);
  return {
    tasks: charges.filter(({ subject }) => subject.startsWith('tk-')).length,
    requests: charges.filter(({ subject }) => subject.startsWith('req_')).length,
    tokensIn: sum((one) => one.tokens_in),
    tokensOut: sum((one) => one.tokens_out),
    tokensCached: sum((one) => one.tokens_cached),
    tokensReasoning: sum((one) => one.tokens_reasoning),
    tokensAudio: sum((one) => one.tokens_audio),
    images: sum((one) => (one.unit === 'image' ? one.quantity : 0)),
    seconds: sum((one) => (one.unit === 'second' ? one.quantity : 0)),
    costNanoUsd: money(charges),
    estimated: charges.filter(({ source }) => source === 'estimated').length,
    unpriced: counted.filter((one) => one.amount_nano_usd === null).length,
    lostNanoUsd: money(rows.filter(({ kind }) => kind === 'lost')),
  };
}

function expected(groupBy: readonly UsageGroup[], of: readonly Entry[]): Map<string, Sums> {
  const counted = of.filter(({ kind }) => kind === 'charge' || kind === 'lost');
  const groups = Map.groupBy(counted, (one) =>
    JSON.stringify(groupBy.map((group) => GROUP_OF[group](one))),
  );
  return new Map([...groups].map(([key, rows]) => [key, sumsOf(rows)]));
}

async function reported(query: UsageQuery) {
  const { rows, total } = await store.report(query);
  const byGroup = rows.map((row): [string, Sums] => {
    const { hour, day, tenant, model, provider, keyId, keyPrefix: _, ...sums } = row;
    const groups = { hour: hour?.toISOString(), day, tenant, model, provider, key: keyId };
    return [JSON.stringify(query.groupBy.map((group) => groups[group])), sums];
  });
  return { byGroup: new Map(byGroup), rows: byGroup.length, total };
}

const SUBSETS: readonly (readonly UsageGroup[])[] = [
  ...USAGE_GROUPS.map((group) => [group]),
  ['tenant', 'day', 'model'],
  ['key', 'hour'],
  ['provider', 'key', 'model'],
  [...USAGE_GROUPS],
];

describe('usage', () => {
  it.each(SUBSETS.map((groups) => [groups.join(', '), groups] as const))(
    'by %s is what the ledger’s own rows come to',
    async (_, groupBy) => {
      const { byGroup, rows, total } = await reported({ ...EVERYTHING, groupBy });

      expect(byGroup).toEqual(expected(groupBy, entries));
      expect(rows).toBe(byGroup.size);
      expect(total).toEqual(sumsOf(entries));
    },
  );

  it.each(TENANTS)('of %s holds nothing of another tenant', async (tenantId) => {
    const own = entries.filter((one) => one.tenant_id === tenantId);
    for (const groupBy of SUBSETS) {
      const { byGroup, total } = await reported({ ...EVERYTHING, tenantId, groupBy });

      expect(byGroup).toEqual(expected(groupBy, own));
      expect(total).toEqual(sumsOf(own));
    }
  });

  it('is of the hours from the first up to the last, of the model and provider asked for', async () => {
    const from = new Date(FIRST + 26 * 3_600_000);
    const to = new Date(FIRST + 75 * 3_600_000);
    const query = { ...EVERYTHING, from, to, model: 'gpt-5', provider: 'bfl' };
    const matching = entries.filter(
      ({ at, model, provider }) =>
        at >= from.toISOString() &&
        at < to.toISOString() &&
        model === 'gpt-5' &&
        provider === 'bfl',
    );

    const { byGroup, total } = await reported(query);

    expect(matching.length).toBeGreaterThan(10);
    expect(byGroup).toEqual(expected(['day'], matching));
    expect(total).toEqual(sumsOf(matching));
  });

  it('is zero where there is none', async () => {
    const { rows, total } = await reported({ ...EVERYTHING, tenantId: 'tn_none' });

    expect([rows, total]).toEqual([0, sumsOf([])]);
  });

  it('names keys that are known, by how they begin', async () => {
    const { rows } = await store.report({ ...EVERYTHING, tenantId: 'tn_a', groupBy: ['key'] });

    expect(rows.map(({ keyId, keyPrefix }) => [keyId, keyPrefix])).toEqual([
      ['key_1', 'tg-first'],
      ['key_2', null],
      [null, null],
    ]);
  });

  it('says when there are more rows than asked for, with the total of all', async () => {
    const report = await store.report({ ...EVERYTHING, limit: 2 });

    expect([report.rows.length, report.isCut]).toEqual([2, true]);
    expect(report.total).toEqual(sumsOf(entries));
    expect((await store.report({ ...EVERYTHING, limit: 6 })).isCut).toBe(false);
  });
});
