import { type Balance, BudgetMirror, type LedgerStore } from '@app/tenants';
import type { Redis } from 'ioredis';
import { commandConnection, untilReady } from '../redis.js';
import type { PendingFacts } from './pending-facts.js';
import { byScopes } from './by-scopes.js';
import { RedisCounts } from './redis-counts.js';

/** What a worker does for the budgets in Redis: newer balances, and money that was left behind. */
export class RedisBudgetMirror extends BudgetMirror {
  private readonly redis: Redis;
  private readonly counts: RedisCounts;

  constructor(
    redisUrl: string,
    private readonly ledger: Pick<LedgerStore, 'balances'>,
    { graceMs = 2_000 }: { readonly graceMs?: number } = {},
  ) {
    super();
    this.redis = commandConnection(redisUrl);
    this.counts = new RedisCounts(this.redis, { windowMs: 60_000, leaseMs: 60_000, graceMs });
  }

  /** @throws within two seconds when Redis is away */
  async connected(): Promise<void> {
    await untilReady(this.redis);
  }

  async push(balances: readonly Balance[]): Promise<void> {
    await this.counts.push(balances);
  }

  async forget(): Promise<void> {
    await this.counts.forget();
  }

  /** Money whose process has not been heard of for a lease. */
  async leftBehind(limit: number): Promise<readonly PendingFacts[]> {
    return await this.counts.expired(limit);
  }

  /** The ledger has what it is to have of these; unless somebody renewed them meanwhile, they are over. */
  async resolve(found: readonly PendingFacts[]): Promise<void> {
    const all = [...new Set(found.flatMap((one) => one.scopes))];
    const balances = all.length > 0 ? await this.ledger.balances(all) : [];
    for (const { scopes, of } of byScopes(found, (one) => one.scopes)) {
      const theirs = balances.filter(({ scope }) => scopes.includes(scope));
      const ids = of.map(({ id }) => id);
      await this.counts.confirm(ids, scopes, theirs, { onlyExpired: true });
    }
  }

  close(): void {
    this.redis.disconnect();
  }
}
