import { GatewayError } from '@app/errors';
import type { LedgerStore } from '../ledger/ledger.store.js';
import { demandsOf } from './dimensions.js';
import { type Balance, Limiter, type LimitVerdict, type Reservation } from './limiter.js';
import { LocalCounts } from './local-counts.js';
import { OpenReservations } from './open-reservations.js';

export interface LocalLimiterOptions {
  readonly windowMs?: number;
  readonly leaseMs?: number;
  /** Milliseconds, perhaps with a fraction; for tests. */
  readonly nowMs?: () => number;
}

/**
 * Limits as this process alone counts them, for as long as Redis is away. Budgets are those of Postgres, a
 * second old at most, and what this process has on its way there; with Postgres away as well, as they were
 * last known.
 */
export class LocalLimiter extends Limiter {
  private readonly counts: LocalCounts;
  private readonly open: OpenReservations;
  private readonly known = new Map<string, { balance: Balance; readAtMs: number }>();
  private reading: Promise<void> | null = null;
  private readonly nowMs: () => number;

  constructor(
    private readonly ledger: Pick<LedgerStore, 'balances'>,
    { windowMs = 60_000, leaseMs = 60_000, nowMs = Date.now }: LocalLimiterOptions = {},
  ) {
    super();
    this.nowMs = nowMs;
    this.open = new OpenReservations(windowMs);
    this.counts = new LocalCounts({ windowMicros: windowMs * 1000, leaseMicros: leaseMs * 1000 });
  }

  /** @throws GatewayError SERVICE_UNAVAILABLE where a budget counts of which nothing is known */
  async reserve(reservation: Reservation): Promise<LimitVerdict> {
    return await this.judge(reservation, true);
  }

  /** @throws as `reserve` does */
  override async check(reservation: Reservation): Promise<LimitVerdict> {
    return await this.judge(reservation, false);
  }

  /** Counts the slots and the money of what Redis let through, for when it goes away. */
  adopt(reservation: Reservation): void {
    this.open.add(reservation, this.nowMs());
    this.counts.keepSlots(reservation, this.micros());
    this.counts.keepMoney(reservation);
  }

  dispatched(id: string): void {
    this.open.dispatch(id);
  }

  settle(id: string, tokens: number): void {
    const reservation = this.open.settle(id);
    if (reservation) this.counts.settle(reservation, tokens);
  }

  release(id: string): void {
    const reservation = this.open.release(id);
    if (reservation) this.counts.release(reservation);
  }

  async confirm(ids: readonly string[], balances: readonly Balance[]): Promise<void> {
    this.note(balances);
    for (const id of ids) {
      const reservation = this.open.confirm(id);
      if (reservation) this.counts.confirm(reservation);
    }
  }

  /** Leases of what is open go on; what is over is forgotten. To be called again and again. */
  renew(): void {
    const nowMs = this.nowMs();
    for (const { reservation } of this.open.renewable()) {
      if (this.open.hasSlot(reservation.id)) this.counts.keepSlots(reservation, this.micros());
    }
    this.open.forgetOld(nowMs);
    this.counts.forgetIdle(this.micros());
    for (const [scope, { readAtMs }] of this.known) {
      if (nowMs - readAtMs > KEPT_MS && readAtMs > 0) this.known.delete(scope);
    }
  }

  /** What was read until now is read again before it counts. */
  outdate(): void {
    for (const [scope, { balance }] of this.known)
      this.known.set(scope, { balance, readAtMs: Number.NEGATIVE_INFINITY });
  }

  /** Balances are what they are: they never become older. */
  note(balances: readonly Balance[]): void {
    const readAtMs = this.nowMs();
    for (const balance of balances) {
      const before = this.known.get(balance.scope)?.balance;
      const newest = before && before.version > balance.version ? before : balance;
      this.known.set(balance.scope, { balance: newest, readAtMs });
    }
  }

  private async judge(reservation: Reservation, take: boolean): Promise<LimitVerdict> {
    const demands = demandsOf(reservation);
    if (demands.length === 0) return { ok: true, states: [] };
    const budgets = demands.filter(({ name }) => name.endsWith('budget'));
    if (budgets.length > 0) await this.refresh([...new Set(budgets.map(({ scope }) => scope.id))]);
    const answer = this.counts.reserve(
      reservation,
      { now: this.micros(), balanceOf: (scope) => this.known.get(scope)?.balance ?? null },
      { take },
    );
    if ('unknown' in answer) throw budgetUnknown();
    if (answer.ok && take) this.open.add(reservation, this.nowMs());
    return answer;
  }

  /** Whatever is older than a second; one reading at a time. With Postgres away, what is known stays. */
  private async refresh(scopes: readonly string[]): Promise<void> {
    await this.reading;
    const old = scopes.filter(
      (scope) => this.nowMs() - (this.known.get(scope)?.readAtMs ?? -Infinity) > FRESH_MS,
    );
    if (old.length === 0) return;
    this.reading = this.ledger
      .balances(old)
      .then((balances) => this.note(balances))
      .catch(() => undefined)
      .finally(() => {
        this.reading = null;
      });
    await this.reading;
  }

  private micros(): number {
    return Math.round(this.nowMs() * 1000);
  }
}

const FRESH_MS = 1_000;
const KEPT_MS = 3_600_000;

/** A budget of which nothing is known could be used up; better to be asked again in a moment. */
const budgetUnknown = (): GatewayError =>
  new GatewayError(
    'SERVICE_UNAVAILABLE',
    'What is left of your budget is not known at the moment; nothing was done.',
    { retryAfterSeconds: 1 },
  );
