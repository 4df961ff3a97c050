import type { LedgerStore } from '../ledger/ledger.store.js';
import { budgetScopes } from './dimensions.js';
import type { Limiter, Reservation } from './limiter.js';

export interface ConfirmationsOptions {
  /** How long those wait for others that come; default 100 ms. */
  readonly everyMs?: number;
  /** Balances could not be read; they are read again the next time. */
  readonly onError: (error: unknown) => void;
}

/**
 * Tells the limiter what the ledger has got, in groups: balances are read after the commit, so they have
 * it. Until then it counts as money on its way, so nobody has to wait for this.
 */
export class Confirmations {
  private readonly waiting = new Map<string, readonly string[]>();
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> | null = null;

  constructor(
    private readonly ledger: Pick<LedgerStore, 'balances'>,
    private readonly limiter: Pick<Limiter, 'confirm'>,
    private readonly options: ConfirmationsOptions,
  ) {}

  /** It has committed, or nobody can tell whether it has: the balances do. */
  add(reservation: Pick<Reservation, 'id' | 'scopes' | 'cost'>): void {
    const scopes = budgetScopes(reservation);
    if (scopes.length === 0) return;
    this.waiting.set(reservation.id, scopes);
    this.later();
  }

  /** Tells what waits by now. */
  async flush(): Promise<void> {
    await this.turn;
    this.turn = this.tell().finally(() => {
      this.turn = null;
    });
    await this.turn;
  }

  private later(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, this.options.everyMs ?? EVERY_MS).unref();
  }

  private async tell(): Promise<void> {
    const group = [...this.waiting];
    if (group.length === 0) return;
    this.waiting.clear();
    try {
      const balances = await this.ledger.balances([...new Set(group.flatMap(([, all]) => all))]);
      await this.limiter.confirm(
        group.map(([id]) => id),
        balances,
      );
    } catch (error) {
      for (const [id, scopes] of group) this.waiting.set(id, scopes);
      this.options.onError(error);
      this.later();
    }
  }
}

const EVERY_MS = 100;
