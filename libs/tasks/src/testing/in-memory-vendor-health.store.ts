import type { Breaker } from '@app/outbound';
import type { AccountHealth } from '../dispatch/account-health.js';
import { type AccountTrouble, mayBeOver, troubleName } from '../dispatch/account-trouble.js';
import {
  type EndedTroubles,
  type TroubleSubject,
  VendorHealthStore,
} from '../dispatch/vendor-health.store.js';

/** Breakers by `provider/model`, accounts by their id. */
export class InMemoryVendorHealthStore extends VendorHealthStore {
  readonly breakers = new Map<string, Breaker>();
  readonly accounts = new Map<string, AccountHealth>();
  /** By `troubleName`. */
  readonly troubles = new Map<string, AccountTrouble>();

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

  override async changeTrouble(
    _provider: string,
    { account, model }: TroubleSubject,
    next: (now: AccountTrouble | null) => AccountTrouble,
  ): Promise<void> {
    change(this.troubles, troubleName(account, model), next);
  }

  override async troublesOf(): Promise<ReadonlyMap<string, AccountTrouble>> {
    return this.troubles;
  }

  override async endTroubles(
    _provider: string,
    names: readonly string[],
    nowMs: number,
  ): Promise<EndedTroubles> {
    const known = names.flatMap((name) => {
      const trouble = this.troubles.get(name);
      return trouble ? [{ name, isOver: mayBeOver(trouble, nowMs) }] : [];
    });
    const ended = known.flatMap(({ name, isOver }) => (isOver ? [name] : []));
    for (const name of ended) this.troubles.delete(name);
    return { ended, left: known.flatMap(({ name, isOver }) => (isOver ? [] : [name])) };
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
