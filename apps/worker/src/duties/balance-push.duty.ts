import type { BudgetMirror, LedgerStore } from '@app/tenants';
import type { Duty } from './duty.js';

/**
 * Brings balances that have changed to where budgets are judged by them: what tasks came to, what was given
 * back. Every worker does; an older balance never replaces a newer one.
 */
export class BalancePushDuty implements Duty {
  readonly name = 'balance-push';
  readonly everyMs = 500;
  private since: Date | null = null;

  constructor(
    private readonly ledger: Pick<LedgerStore, 'changedBalances'>,
    private readonly mirror: Pick<BudgetMirror, 'push'>,
  ) {}

  async runOnce(): Promise<boolean> {
    const { balances, asOf } = await this.ledger.changedBalances(this.since);
    for (let at = 0; at < balances.length; at += PAGE) {
      await this.mirror.push(balances.slice(at, at + PAGE));
    }
    this.since = new Date(asOf.getTime() - OVERLAP_MS);
    return false;
  }
}

const PAGE = 200;

/** An API that read a balance before it changed may put it there after we have told of the change: told again, it lasts. */
const OVERLAP_MS = 2_000;
