import type { AccountHealth } from '../dispatch/account-health.js';
import type { Breaker } from '../dispatch/breaker.js';
import { VendorHealthStore } from '../dispatch/vendor-health.store.js';

/** Breakers by `provider/model`, accounts by their id. */
export class InMemoryVendorHealthStore extends VendorHealthStore {
  readonly breakers = new Map<string, Breaker>();
  readonly accounts = new Map<string, AccountHealth>();

  override async changeBreaker(
    provider: string,
    model: string,
    next: (now: Breaker | null) => Breaker | null,
  ): Promise<void> {
    change(this.breakers, `${provider}/${model}`, next);
  }

  override async changeAccount(
    _provider: string,
    account: string,
    next: (now: AccountHealth | null) => AccountHealth | null,
  ): Promise<void> {
    change(this.accounts, account, next);
  }
}

function change<State>(
  states: Map<string, State>,
  subject: string,
  next: (now: State | null) => State | null,
): void {
  const changed = next(states.get(subject) ?? null);
  if (changed !== null) states.set(subject, changed);
}
