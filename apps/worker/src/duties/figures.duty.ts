import type { Metrics } from '@app/observability';
import type { ProviderAccount } from '@app/providers';
import { breakerState, type EngineFigures } from '@app/tasks';
import type { Duty } from './duty.js';

export interface FiguresParts {
  readonly figures: EngineFigures;
  /** Those that take new work now. */
  readonly accounts: () => readonly ProviderAccount[];
  /** How late the first due check is; rejects while Redis is away. */
  readonly checkLag: () => Promise<{ readonly lagMs: number }>;
  readonly metrics: Metrics;
}

/** Samples for `/metrics` what is in rows, now and then: every worker shows the same. */
export class FiguresDuty implements Duty {
  readonly name = 'figures';
  readonly everyMs = 10_000;

  constructor(private readonly parts: FiguresParts) {}

  async runOnce(): Promise<boolean> {
    const { figures, metrics } = this.parts;
    const accounts = this.parts.accounts();
    const now = new Date();
    const seen = await figures.read(now);
    for (const provider of new Set(accounts.map((account) => account.provider.id))) {
      const lane = seen.lanes.find((one) => one.provider === provider);
      metrics.slotsInUse.set({ provider }, lane?.slots ?? 0);
      metrics.waiting.set({ provider }, lane?.waiting ?? 0);
      metrics.oldestWaiting.set({ provider }, secondsSince(lane?.oldest ?? null, now));
    }
    for (const { provider, model, breaker } of seen.breakers)
      metrics.breakerState.set({ provider, model }, STATES[breakerState(breaker, now.getTime())]);
    // Of a key that was taken away nothing is shown any more.
    metrics.accountTrouble.reset();
    for (const { id, provider } of accounts)
      metrics.accountTrouble.set(
        { provider: provider.id, account: id },
        troubleOf(id, seen.troubles),
      );
    metrics.outboxLag.set(secondsSince(seen.oldestRing, now));
    metrics.checkLag.set((await this.parts.checkLag()).lagMs / 1_000);
    return false;
  }
}

const STATES = { closed: 0, 'half-open': 1, open: 2 } as const;

/** 0 well, 1 some of its models are refused, 2 all of it is. */
function troubleOf(account: string, troubles: readonly string[]): 0 | 1 | 2 {
  if (troubles.includes(account)) return 2;
  return troubles.some((name) => name.startsWith(`${account}/`)) ? 1 : 0;
}

const secondsSince = (then: Date | null, now: Date): number =>
  then ? Math.max(now.getTime() - then.getTime(), 0) / 1_000 : 0;
