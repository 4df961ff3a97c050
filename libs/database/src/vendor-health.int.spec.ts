import { randomUUID } from 'node:crypto';
import type { AccountHealth, AccountTrouble, Breaker, LaneView } from '@app/tasks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresDispatchStore } from './postgres-dispatch.store.js';
import { PostgresVendorHealthStore } from './postgres-vendor-health.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
let health: PostgresVendorHealthStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  health = new PostgresVendorHealthStore(opened.database);
});
afterAll(async () => await opened.close());

/** As the dispatcher sees it. */
async function healthOf(provider: string): Promise<LaneView> {
  const seen: LaneView[] = [];
  const limits = { headsPerTenant: 1, maxTenants: 1 };
  await new PostgresDispatchStore(opened.database).turn(provider, limits, (view) => {
    seen.push(view);
    return { admit: [], state: view.state, breakers: new Map(), troubles: new Map() };
  });
  const [view] = seen;
  if (!view) throw new Error('The lane was taken');
  return view;
}

const failure = (now: Breaker | null): Breaker => ({
  failures: (now?.failures ?? 0) + 1,
  openUntil: null,
  opened: 0,
});

describe('PostgresVendorHealthStore', () => {
  it('counts every one of many changes at once, from the first on', async () => {
    const provider = randomUUID();

    const changes = Array.from(
      { length: 25 },
      async () => await health.changeBreaker(provider, 'm', failure),
    );
    await Promise.all(changes);

    expect((await healthOf(provider)).breakers.get('m')).toMatchObject({ failures: 25 });
  });

  it('writes nothing where nothing changes', async () => {
    const provider = randomUUID();
    await health.changeBreaker(provider, 'm', failure);
    const before = await rowsOf(provider);

    await health.changeBreaker(provider, 'm', (now) => now);
    await health.changeBreaker(provider, 'other', () => null);

    expect(await rowsOf(provider)).toEqual(before);
  });

  it('keeps models and accounts apart', async () => {
    const provider = randomUUID();
    const account: AccountHealth = { limit: 4, throttledAt: 1, coolUntil: 2 };
    await health.changeBreaker(provider, 'same', failure);
    await health.changeAccount(provider, 'same', () => account);

    const { breakers, accounts } = await healthOf(provider);

    expect([...breakers]).toEqual([['same', { failures: 1, openUntil: null, opened: 0 }]]);
    expect([...accounts]).toEqual([['same', account]]);
  });

  it('keeps the troubles of accounts, which the dispatcher sees and marks', async () => {
    const provider = randomUUID();
    const trouble: AccountTrouble = { since: 1, why: 'HTTP 401', probeAt: 5_000, waitMs: 60_000 };
    const whole = `${provider}:1`;
    const part = `${provider}:1/m`;
    await health.changeTrouble(provider, { account: whole, model: null }, () => trouble);
    await health.changeTrouble(provider, { account: whole, model: 'm' }, () => trouble);

    const { troubles, accounts } = await healthOf(provider);
    expect(troubles).toEqual(
      new Map([
        [whole, trouble],
        [part, trouble],
      ]),
    );
    expect(accounts.size).toBe(0);
    expect(await health.troublesOf(provider)).toEqual(troubles);

    const probed = { ...trouble, probeAt: 9_000, probing: true } as const;
    const limits = { headsPerTenant: 1, maxTenants: 1 };
    await new PostgresDispatchStore(opened.database).turn(provider, limits, ({ state }) => ({
      admit: [],
      state,
      breakers: new Map(),
      troubles: new Map([[part, probed]]),
    }));
    expect((await healthOf(provider)).troubles.get(part)).toEqual(probed);

    const names = [whole, part, `${provider}:2`];
    expect(await health.endTroubles(provider, names, 4_999)).toEqual({
      ended: [part],
      left: [whole],
    });
    expect(await health.endTroubles(provider, names, 5_000)).toEqual({ ended: [whole], left: [] });
    expect(await health.troublesOf(provider)).toEqual(new Map());
  });
});

async function rowsOf(provider: string) {
  return await opened.database.query('SELECT * FROM vendor_health WHERE provider = $1', [provider]);
}
