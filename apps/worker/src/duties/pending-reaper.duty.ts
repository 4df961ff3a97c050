import type { Logger } from '@app/observability';
import type { LedgerStore, PendingCharge, Transfer } from '@app/tenants';
import type { Duty } from './duty.js';

/** Money on its way to the ledger whose process nobody has heard of for a minute. */
export interface LeftBehind {
  readonly id: string;
  readonly dispatched: boolean;
  readonly scopes: readonly string[];
  readonly nanoUsd: number;
  readonly charge: PendingCharge | null;
}

export interface PendingMoney {
  leftBehind(limit: number): Promise<readonly LeftBehind[]>;
  /** Takes it away from budgets, after balances that have what the ledger has of it. */
  resolve(found: readonly LeftBehind[]): Promise<void>;
}

/**
 * Ends what a dead process has left in budgets. A task's money is in the ledger if the task is. A request
 * that was never sent costs nothing. Of one that was sent, the ledger is told the hold that its process
 * could not write; whoever settles the holds of dead processes settles it at its estimate. A process that
 * lives has told, or tells, the ledger itself: it was only Redis that it did not reach. All of it may be done
 * twice, and by several workers.
 */
export class PendingReaperDuty implements Duty {
  readonly name = 'pending-reaper';
  readonly everyMs = 5_000;

  constructor(
    private readonly parts: {
      readonly pending: PendingMoney;
      readonly ledger: Pick<LedgerStore, 'write' | 'heardOf'>;
      readonly logger: Logger;
    },
  ) {}

  async runOnce(): Promise<boolean> {
    const { pending, ledger, logger } = this.parts;
    const found = await pending.leftBehind(PAGE);
    if (found.length === 0) return false;
    const owners = [...new Set(found.flatMap(({ charge }) => charge?.owner ?? []))];
    const alive = await ledger.heardOf(owners, ALIVE_MS);
    const left = found.filter(({ charge }) => !alive.has(charge?.owner ?? ''));
    const holds = left.flatMap((one) => lostHold(one, new Date()) ?? []);
    await ledger.write(holds);
    await pending.resolve(found);
    logger.info({ found: found.length, holds: holds.length }, 'money of dead processes resolved');
    return found.length === PAGE;
  }
}

const PAGE = 200;
/** Three beats; less than what is left of a lease when its process dies, so that no dead one seems alive. */
const ALIVE_MS = 30_000;

/** What the ledger is to hold for a request that may cost although nobody is there to say what; else null. */
function lostHold({ id, dispatched, nanoUsd, charge }: LeftBehind, at: Date): Transfer | null {
  if (!dispatched || !charge) return null;
  const { owner = 'unknown', ...facts } = charge;
  return {
    ...facts,
    subject: id,
    kind: 'hold',
    amountNanoUsd: nanoUsd,
    at,
    usage: null,
    owner,
  };
}
