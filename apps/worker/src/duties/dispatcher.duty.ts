import type { Metrics } from '@app/observability';
import type { ProviderAccount } from '@app/providers';
import { chooseNext, type DispatchStore, type LaneView, limitNow } from '@app/tasks';
import type { Duty } from './duty.js';

export interface DispatcherParts {
  readonly store: DispatchStore;
  /** Every account of every vendor that takes new work now. */
  readonly accounts: () => readonly ProviderAccount[];
  /** The outbox has rings for those who were admitted. */
  readonly onAdmitted: () => void;
  readonly metrics: Metrics;
}

/**
 * Gives free slots of the vendors' accounts to the tasks that wait, one turn for each vendor. The lock
 * of its lane lets one worker at a time decide; the others pass by. It needs Postgres and nothing else.
 */
export class DispatcherDuty implements Duty {
  readonly name = 'dispatcher';
  readonly everyMs = 250;

  constructor(private readonly parts: DispatcherParts) {}

  /** A vendor whose turn fails holds up no other; the failure shows when all had theirs. */
  async runOnce(): Promise<boolean> {
    const lanes = await this.parts.store.lanes(new Date());
    const turns = await Promise.allSettled(lanes.map(async (lane) => await this.turn(lane)));
    const admitted = turns.some((turn) => turn.status === 'fulfilled' && turn.value > 0);
    if (admitted) this.parts.onAdmitted();
    for (const turn of turns) if (turn.status === 'rejected') throw turn.reason;
    return admitted;
  }

  private async turn(provider: string): Promise<number> {
    const accounts = this.parts.accounts().filter((one) => one.provider.id === provider);
    const models = accounts[0]?.provider.models ?? [];
    const seconds = new Map(models.map(({ id, typicalSeconds }) => [id, typicalSeconds]));
    const admitted = await this.parts.store.turn(provider, TURN, (view) => {
      this.show(view, accounts);
      return chooseNext(view, {
        accounts,
        costOf: (model) => seconds.get(model) ?? USUAL_SECONDS,
        ...TURN,
      });
    });
    return admitted?.length ?? 0;
  }

  private show(view: LaneView, accounts: readonly ProviderAccount[]): void {
    const nowMs = view.now.getTime();
    const limit = accounts.reduce((sum, { id, limits }) => {
      return sum + limitNow(view.accounts.get(id), limits.inFlight, nowMs);
    }, 0);
    this.parts.metrics.slotsLimit.set({ provider: view.provider }, limit);
  }
}

const TURN = { headsPerTenant: 50, maxTenants: 200 };

/** A model that is no longer in the catalog. */
const USUAL_SECONDS = 30;
