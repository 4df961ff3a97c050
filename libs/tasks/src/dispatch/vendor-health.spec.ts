import { createLogger } from '@app/observability';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountHealth } from './account-health.js';
import { type Breaker, probed, stateOf } from './breaker.js';
import { VendorHealth, type VendorEvent } from './vendor-health.js';
import { VendorHealthStore } from './vendor-health.store.js';

class InMemoryVendorHealth extends VendorHealthStore {
  readonly breakers = new Map<string, Breaker>();
  readonly accounts = new Map<string, AccountHealth>();
  statements = 0;
  failure: Error | null = null;

  override async changeBreaker(
    _: string,
    model: string,
    next: (now: Breaker | null) => Breaker | null,
  ): Promise<void> {
    this.count();
    const changed = next(this.breakers.get(model) ?? null);
    if (changed) this.breakers.set(model, changed);
  }

  override async changeAccount(
    _: string,
    account: string,
    next: (now: AccountHealth | null) => AccountHealth | null,
  ): Promise<void> {
    this.count();
    const changed = next(this.accounts.get(account) ?? null);
    if (changed) this.accounts.set(account, changed);
  }

  private count(): void {
    this.statements += 1;
    if (this.failure) throw this.failure;
  }
}

let store: InMemoryVendorHealth;
let nowMs: number;
beforeEach(() => {
  store = new InMemoryVendorHealth();
  nowMs = 1_000_000;
});

/** One worker's view; all share the store. */
const worker = (): VendorHealth =>
  new VendorHealth({
    store,
    logger: createLogger({ name: 'test', level: 'silent' }),
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

const breaker = () => store.breakers.get('fake-image') ?? null;

describe('VendorHealth', () => {
  it('asks the database once in a while only as long as all is well', async () => {
    await report(worker(), 'ok', 1_000);

    expect(store.statements).toBe(1);
    expect(breaker()).toBeNull();
  });

  it('opens the breaker by the faults that all workers saw', async () => {
    await report(worker(), 'fault', 2);
    await report(worker(), 'fault', 3);

    expect(stateOf(breaker(), nowMs)).toBe('open');
  });

  it('lets an answer after a fault count at once', async () => {
    const health = worker();
    await report(health, 'ok', 1);
    await report(health, 'fault', 4);

    await report(health, 'ok', 1);
    await report(health, 'fault', 4);

    expect(stateOf(breaker(), nowMs)).toBe('closed');
  });

  it("closes the breaker by a probe's answer, also in a worker that saw nothing bad", async () => {
    const other = worker();
    await report(other, 'ok', 1);
    await report(worker(), 'fault', 5);
    const open = breaker();
    nowMs = open?.openUntil ?? 0;
    if (open) store.breakers.set('fake-image', probed(open, nowMs));

    await report(other, 'ok', 1);

    expect(stateOf(breaker(), nowMs)).toBe('closed');
  });

  it('goes on asking while an answer could not close it', async () => {
    const health = worker();
    await report(health, 'fault', 5);
    await report(health, 'ok', 1);
    const open = breaker();
    if (open) store.breakers.set('fake-image', probed(open, nowMs));

    await report(health, 'ok', 1);

    expect(stateOf(breaker(), nowMs)).toBe('closed');
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
