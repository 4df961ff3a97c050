import type { PooledAccount, Provider } from '@app/providers';
import { breakerState, isCooling, limitNow, type VendorsSeen } from '@app/tasks';
import { shareOf } from './credential-view.js';

export interface ProviderFacts {
  readonly seen: VendorsSeen;
  /** The pool of this process. */
  readonly pool: readonly PooledAccount[];
  /** Exchanges of the pass-through in this process, by account. */
  readonly requests: ReadonlyMap<string, number>;
}

const seconds = (unixMs: number): number => Math.floor(unixMs / 1_000);

/** How a vendor and its keys stand. */
export function providerView({ id, title }: Provider, facts: ProviderFacts) {
  const { seen, pool } = facts;
  const accounts = pool.filter(({ provider }) => provider.id === id);
  const lane = seen.lanes.find(({ provider }) => provider === id);
  return {
    provider: id,
    title,
    configured: accounts.some(({ weight }) => weight > 0),
    inFlight: lane?.slots ?? 0,
    waiting: lane?.waiting ?? 0,
    oldestWaiting: lane?.oldest ? seconds(lane.oldest.getTime()) : null,
    breakers: seen.breakers.flatMap(({ provider, model, breaker }) => {
      if (provider !== id) return [];
      const { failures, openUntil } = breaker;
      const state = breakerState(breaker, seen.now.getTime());
      return [
        { model, state, failures, openUntil: openUntil === null ? null : seconds(openUntil) },
      ];
    }),
    accounts: accounts.map((account) => accountView(account, facts)),
  };
}

function accountView(account: PooledAccount, { seen, pool, requests }: ProviderFacts) {
  const { id, label, source, credentialId, state, limits } = account;
  const nowMs = seen.now.getTime();
  const throttled = seen.throttled.get(id);
  return {
    id,
    label,
    source,
    credentialId,
    state,
    share: shareOf(account, pool),
    inFlight: seen.inFlight.get(id) ?? 0,
    limit: limits.inFlight,
    limitNow: limitNow(throttled, limits.inFlight, nowMs),
    restsUntil: throttled && isCooling(throttled, nowMs) ? seconds(throttled.coolUntil) : null,
    requestsInFlight: requests.get(id) ?? 0,
    errorRate: errorRate(seen.attempts.get(id)),
    troubles: troublesOf(id, seen),
  };
}

function errorRate(counts: { done: number; failed: number } | undefined): number | null {
  const { done, failed } = counts ?? { done: 0, failed: 0 };
  return done + failed === 0 ? null : Math.round((failed / (done + failed)) * 10_000) / 10_000;
}

function troublesOf(account: string, { troubles }: VendorsSeen) {
  return [...troubles].flatMap(([name, { since, why, probeAt }]) => {
    if (name !== account && !name.startsWith(`${account}/`)) return [];
    const model = name === account ? null : name.slice(account.length + 1);
    return [{ model, since: seconds(since), why, nextLookAt: seconds(probeAt) }];
  });
}
