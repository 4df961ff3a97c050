import { createLogger } from '@app/observability';
import { breakerState, probed } from '@app/outbound';
import { beforeEach, describe, expect, it } from 'vitest';
import type { VendorTrouble } from '../vendor-report.js';
import { VendorHealth, type VendorEvent } from './vendor-health.js';
import { InMemoryVendorHealthStore } from '../testing/in-memory-vendor-health.store.js';

class CountingStore extends InMemoryVendorHealthStore {
  statements = 0;
  failure: Error | null = null;

  override async changeBreaker(
    ...change: Parameters<InMemoryVendorHealthStore['changeBreaker']>
  ): Promise<void> {
    this.count();
    await super.changeBreaker(...change);
  }

  override async changeAccount(
    ...change: Parameters<InMemoryVendorHealthStore['changeAccount']>
  ): Promise<void> {
    this.count();
    await super.changeAccount(...change);
  }

  override async changeTrouble(
    ...change: Parameters<InMemoryVendorHealthStore['changeTrouble']>
  ): Promise<void> {
    this.count();
    await super.changeTrouble(...change);
  }

  override async endTroubles(...ends: Parameters<InMemoryVendorHealthStore['endTroubles']>) {
    this.count();
    return await super.endTroubles(...ends);
  }

  private count(): void {
    this.statements += 1;
    if (this.failure) throw this.failure;
  }
}

let store: CountingStore;
let nowMs: number;
let accounts: readonly string[];
let lines: string[];
beforeEach(() => {
  accounts = ['fake:1'];
  lines = [];
  store = new CountingStore();
  nowMs = 1_000_000;
});

/** One worker's view; all share the store. */
const worker = (): VendorHealth =>
  new VendorHealth({
    store,
    logger: createLogger(
      { name: 'test', level: 'info' },
      { write: (line) => void lines.push(line) },
    ),
    accountsOf: () => accounts,
    limitOf: (account) => (account === 'fake:1' ? 10 : null),
    now: () => nowMs,
  });

const event = (outcome: VendorEvent['outcome'], fields: Partial<VendorEvent> = {}) => ({
  provider: 'fake',
  account: 'fake:1',
  model: 'fake-image',
  outcome,
  ...fields,
});

async function report(health: VendorHealth, outcome: VendorEvent['outcome'], times: number) {
  for (let time = 0; time < times; time += 1) await health.report(event(outcome));
}

const breaker = () => store.breakers.get('fake/fake-image') ?? null;

describe('VendorHealth', () => {
  it('asks the database once in a while only as long as all is well', async () => {
    await report(worker(), 'ok', 1_000);

    expect(store.statements).toBe(1);
    expect(breaker()).toBeNull();
  });

  it('opens the breaker by the faults that all workers saw', async () => {
    await report(worker(), 'fault', 2);
    await report(worker(), 'fault', 3);

    expect(breakerState(breaker(), nowMs)).toBe('open');
  });

  it('lets an answer after a fault count at once', async () => {
    const health = worker();
    await report(health, 'ok', 1);
    await report(health, 'fault', 4);

    await report(health, 'ok', 1);
    await report(health, 'fault', 4);

    expect(breakerState(breaker(), nowMs)).toBe('closed');
  });

  it("closes the breaker by a probe's answer, also in a worker that saw nothing bad", async () => {
    const other = worker();
    await report(other, 'ok', 1);
    await report(worker(), 'fault', 5);
    const open = breaker();
    nowMs = open?.openUntil ?? 0;
    if (open) store.breakers.set('fake/fake-image', probed(open, nowMs));

    await report(other, 'ok', 1);

    expect(breakerState(breaker(), nowMs)).toBe('closed');
  });

  it('goes on asking while an answer could not close it', async () => {
    const health = worker();
    await report(health, 'fault', 5);
    await report(health, 'ok', 1);
    const open = breaker();
    if (open) store.breakers.set('fake/fake-image', probed(open, nowMs));

    await report(health, 'ok', 1);

    expect(breakerState(breaker(), nowMs)).toBe('closed');
  });

  it('lowers the limit of the account that was throttled and lets it rest', async () => {
    await worker().report(event('throttled', { retryAfterMs: 9_000 }));

    expect(store.accounts.get('fake:1')).toEqual({
      limit: 7,
      throttledAt: nowMs,
      coolUntil: nowMs + 9_000,
    });
    expect(breaker()).toBeNull();
  });

  it('has nothing to say of an account that is no longer configured', async () => {
    await worker().report(event('throttled', { account: 'fake:gone' }));

    expect(store.statements).toBe(0);
  });

  it.each(['ok', 'fault', 'throttled'] as const)(
    'never fails a step: %s while Postgres is away, and tells of it the next time',
    async (outcome) => {
      const health = worker();
      store.failure = new Error('Postgres is away');
      await expect(health.report(event(outcome))).resolves.toBeUndefined();
      store.failure = null;

      await health.report(event(outcome));

      expect(store.statements).toBe(2);
    },
  );
});

const taken = () => event('ok', { taken: true });

describe('an account that its vendor refuses', () => {
  const WHY = 'The vendor refused the account (HTTP 401)';
  const trouble = (fields: Partial<VendorTrouble> = {}): VendorTrouble => ({
    provider: 'fake',
    account: 'fake:1',
    model: 'fake-image',
    scope: 'account',
    why: WHY,
    ...fields,
  });

  it('is news once, for one of all workers, and alarms once', async () => {
    expect(await worker().trouble(trouble())).toBe('news');
    expect(await worker().trouble(trouble({ model: 'another' }))).toBe('known');

    const alarms = lines.filter((line) => line.includes('account in trouble'));
    expect(alarms).toHaveLength(1);
    expect(JSON.parse(alarms[0] ?? '')).toMatchObject({ account: 'fake:1', why: WHY });
  });

  it('sends the task elsewhere while another account is well', async () => {
    accounts = ['fake:1', 'fake:2'];

    expect(await worker().trouble(trouble())).toBe('elsewhere');
    expect(await worker().trouble(trouble({ account: 'fake:2' }))).toBe('news');
    expect(await worker().trouble(trouble({ account: 'fake:2' }))).toBe('known');
  });

  it('by one model is no trouble for the others', async () => {
    accounts = ['fake:1', 'fake:2'];

    expect(await worker().trouble(trouble({ scope: 'model' }))).toBe('elsewhere');

    expect([...store.troubles.keys()]).toEqual(['fake:1/fake-image']);
    const other = trouble({ account: 'fake:2', model: 'another', scope: 'model' });
    expect(await worker().trouble(other)).toBe('elsewhere');
    expect(await worker().trouble(trouble({ account: 'fake:2', scope: 'model' }))).toBe('news');
  });

  it('is well again after a job that was taken to see, and not after one that was under way', async () => {
    const one = worker();
    await one.trouble(trouble());
    await one.report(taken());
    expect(store.troubles.size).toBe(1);

    nowMs += 60_000;
    await one.report(event('ok'));
    expect(store.troubles.size).toBe(1);
    await one.report(taken());

    expect(store.troubles.size).toBe(0);
    expect(lines.filter((line) => line.includes('works again'))).toHaveLength(1);
    expect(await one.trouble(trouble())).toBe('news');
  });

  it('costs those that are well a statement only now and then', async () => {
    const one = worker();
    await one.report(taken());
    const before = store.statements;

    for (let turn = 0; turn < 100; turn += 1) await one.report(taken());

    expect(store.statements).toBe(before);
  });

  it('is news when it could not be noted, and nothing is thrown', async () => {
    store.failure = new Error('away');

    expect(await worker().trouble(trouble())).toBe('news');
  });
});
