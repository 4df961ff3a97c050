import { budgetUsed } from './budget.js';
import { type Demand, budgetScopes, demandsOf, slotScopes } from './dimensions.js';
import type { Balance, LimitVerdict, Reservation } from './limiter.js';
import { fits, type Measure, verdictOf } from './measure.js';
import { measureOf } from './measure-of.js';
import { ScopeCounts } from './scope-counts.js';

export interface CountsOptions {
  readonly windowMicros: number;
  readonly leaseMicros: number;
}

/** At which moment, and what the ledger says; null: that is not known here. */
export interface CountsFacts {
  /** Whole microseconds of a clock that does not go back. */
  readonly now: number;
  readonly balanceOf: (scope: string) => Balance | null;
}

/** `unknown`: nothing else is in the way, but a budget counts whose balance is not known. */
export type CountsAnswer = LimitVerdict | { readonly unknown: readonly string[] };

/**
 * Everything that limits count, kept in one process: what a `Limiter` promises, as pure code. Redis does
 * the same for all processes at once (`libs/queue/src/limits`), and is tested against this.
 */
export class LocalCounts {
  private readonly scopes = new Map<string, ScopeCounts>();

  constructor(private readonly options: CountsOptions) {}

  /** Takes all or nothing; with `take: false` it only says what it would answer. */
  reserve(
    reservation: Reservation,
    facts: CountsFacts,
    { take }: { readonly take: boolean } = { take: true },
  ): CountsAnswer {
    const { id } = reservation;
    const asked = demandsOf(reservation);
    const already = asked.some(({ scope, name }) => this.scope(scope.id).has(name, id));
    const demands = already ? asked.map((demand) => ({ ...demand, amount: 0 })) : asked;
    const measures = demands.map((demand) => this.measure(demand, facts));
    const known = measures.filter((measure) => measure !== null);
    const missing = demands.filter((_, index) => measures[index] === null);
    if (!already && missing.length > 0 && known.every(fits))
      return { unknown: [...new Set(missing.map(({ scope }) => scope.id))] };
    const verdict = already ? letThroughBefore(known) : verdictOf(known);
    if (verdict.ok && take && !already) this.take(reservation, facts.now);
    return verdict;
  }

  /** Its slots are its own for another lease. */
  keepSlots(reservation: Reservation, now: number): void {
    for (const scope of slotScopes(reservation)) {
      this.scope(scope).slots.set(reservation.id, now + this.options.leaseMicros);
    }
  }

  /** Its money is kept back until the ledger has it. */
  keepMoney(reservation: Reservation): void {
    for (const scope of budgetScopes(reservation)) {
      this.scope(scope).keepBack(reservation.id, reservation.cost.nanoUsd);
    }
  }

  settle({ id, scopes }: Reservation, tokens: number): void {
    for (const scope of scopes) {
      const counts = this.scope(scope.id);
      counts.slots.delete(id);
      counts.tokens.correct(id, tokens);
    }
  }

  release({ id, scopes }: Reservation): void {
    for (const scope of scopes) this.scope(scope.id).remove(id);
  }

  /** The ledger has it. */
  confirm({ id, scopes }: Reservation): void {
    for (const scope of scopes) this.scope(scope.id).giveBack(id);
  }

  /** Whatever counts nothing any more. */
  forgetIdle(now: number): void {
    for (const [id, counts] of this.scopes) if (counts.isIdle(now)) this.scopes.delete(id);
  }

  private take(reservation: Reservation, now: number): void {
    this.keepSlots(reservation, now);
    this.keepMoney(reservation);
    for (const { scope, name, amount } of demandsOf(reservation)) {
      if (name === 'requests' || name === 'reads' || name === 'tokens')
        this.scope(scope.id)[name].add(reservation.id, amount, now);
    }
  }

  private measure(demand: Demand, { now, balanceOf }: CountsFacts): Measure | null {
    const { scope, name, limit, amount } = demand;
    const counts = this.scope(scope.id);
    if (name === 'daily-budget' || name === 'monthly-budget') {
      const balance = balanceOf(scope.id);
      if (!balance) return null;
      const { pending } = counts;
      const nowMs = Math.floor(now / 1000);
      return measureOf(demand, { now, used: budgetUsed(name, { balance, pending, nowMs }) });
    }
    if (name === 'concurrency') return measureOf(demand, { now, used: counts.slotsInUse(now) });
    const window = counts[name];
    const used = window.used(now);
    const reset = window.resetMicros(now);
    const frees = window.freesMicros(used + amount - limit, now);
    return measureOf(demand, {
      now,
      used,
      window: { reset, frees, window: this.options.windowMicros },
    });
  }

  private scope(id: string): ScopeCounts {
    const found = this.scopes.get(id);
    if (found) return found;
    const counts = new ScopeCounts(this.options.windowMicros);
    this.scopes.set(id, counts);
    return counts;
  }
}

/** It was let through before: whatever has become of the limits since. */
function letThroughBefore(measures: readonly Measure[]): LimitVerdict {
  const { states } = verdictOf(measures);
  return { ok: true, states };
}
