import { chooseDeliveries } from '../choose-deliveries.js';
import type { AttemptErrorClass } from '../delivery.js';
import type { DueDelivery, ReceiverDecision, ReceiverView } from '../delivery-queue.js';
import { NEW_RECEIVER, type ReceiverHealth } from '../receiver.js';
import { learn } from '../receiver-health.js';
import type { ReceiverLimits } from '../receiver-limits.js';

export interface WorldDelivery extends DueDelivery {
  readonly receiver: string;
  dueAt: number;
  /** How many attempts fail before one succeeds. */
  failsLeft: number;
}

/** How a receiver answers: after so long, and if it fails, so. */
export interface WorldReceiver {
  readonly tenantId: string;
  readonly origin: string;
  readonly answerMs: number;
  readonly failure: AttemptErrorClass;
}

interface Row extends WorldReceiver {
  health: ReceiverHealth;
  lookAt: number | null;
  crowded: boolean;
}

export interface WorldOptions {
  readonly limits: ReceiverLimits;
  readonly size: number;
  readonly receivers: number;
  readonly perReceiver: number;
}

/**
 * Receivers, one worker and a clock that jumps to what happens next, without a database: a delivery that
 * was looked at once and not sent is found again only by what was decided for its receiver.
 */
export class ReceiverWorld {
  nowMs = 1_000_000;
  readonly sentAt = new Map<string, number>();
  readonly ended = new Map<string, string>();
  readonly inFlight = new Map<WorldDelivery, number>();
  private readonly waiting = new Set<WorldDelivery>();
  private readonly fresh = new Set<WorldDelivery>();
  private readonly rows: Map<string, Row>;

  constructor(
    receivers: readonly WorldReceiver[],
    private readonly options: WorldOptions,
  ) {
    const rows = receivers.map((receiver): [string, Row] => [
      receiver.origin,
      { ...receiver, health: NEW_RECEIVER, lookAt: null, crowded: false },
    ]);
    this.rows = new Map(rows);
  }

  add(delivery: WorldDelivery): void {
    this.waiting.add(delivery);
    this.fresh.add(delivery);
  }

  /** Lets time go on to the next thing that happens; false: nothing ever will. */
  step(): boolean {
    const ends = [...this.inFlight.values()];
    const looks = [...this.rows.values()].flatMap(({ lookAt }) => lookAt ?? []);
    const inserts = [...this.fresh].map(({ dueAt }) => dueAt);
    // A worker without room does not look.
    const isFull = ends.length >= this.options.size;
    const times = isFull ? ends : [...ends, ...looks, ...inserts];
    if (times.length === 0) return false;
    this.nowMs = Math.max(this.nowMs + 1, Math.min(...times));
    this.endAttempts();
    this.turn();
    return true;
  }

  inFlightOf(matches: (receiver: WorldReceiver, delivery: WorldDelivery) => boolean): number {
    return [...this.inFlight.keys()].filter((one) => matches(this.rowOf(one.receiver), one)).length;
  }

  turn(): void {
    if (this.inFlight.size >= this.options.size) return;
    const views = [...this.rows.values()]
      .filter((row) => this.isToBeLookedAt(row))
      .toSorted((a, b) => (a.lookAt ?? 0) - (b.lookAt ?? 0))
      .slice(0, this.options.receivers)
      .map((row) => this.viewOf(row));
    const underWay = [...this.inFlight].map(([{ receiver, isFirst }, endsAt]) => {
      const { tenantId, answerMs } = this.rowOf(receiver);
      return { tenantId, isFirst, ageMs: this.nowMs - (endsAt - answerMs) };
    });
    const room = { size: this.options.size, underWay };
    const view = { now: new Date(this.nowMs), receivers: views };
    for (const decision of chooseDeliveries(view, room, this.options.limits)) this.apply(decision);
  }

  private apply({ origin, send, end, health, lookAt, crowded }: ReceiverDecision): void {
    const row = this.rowOf(origin);
    for (const one of this.dueOf(origin)) {
      this.fresh.delete(one);
      const note = end.find(({ id }) => id === one.id);
      if (note) this.ended.set(one.id, note.state);
      if (note || send.includes(one.id)) this.waiting.delete(one);
      if (!send.includes(one.id)) continue;
      if (!this.sentAt.has(one.id)) this.sentAt.set(one.id, this.nowMs);
      this.inFlight.set(one, this.nowMs + row.answerMs);
    }
    Object.assign(row, { health, lookAt: lookAt?.getTime() ?? null, crowded });
  }

  private endAttempts(): void {
    for (const [one, at] of this.inFlight) if (at <= this.nowMs) this.endAttempt(one);
  }

  private endAttempt(one: WorldDelivery): void {
    const row = this.rowOf(one.receiver);
    const fails = one.failsLeft > 0;
    this.inFlight.delete(one);
    row.health = learn(row.health, {
      outcomes: [{ errorClass: fails ? row.failure : null }],
      now: new Date(this.nowMs),
      limits: this.options.limits,
    });
    if (row.crowded) row.lookAt = this.nowMs;
    if (!fails) return void this.ended.set(one.id, 'delivered');
    const dueAt = this.nowMs + 10_000;
    this.waiting.add({ ...one, isFirst: false, dueAt, failsLeft: one.failsLeft - 1 });
    row.lookAt = Math.min(row.lookAt ?? dueAt, dueAt);
  }

  private isToBeLookedAt({ origin, lookAt }: Row): boolean {
    if (lookAt !== null && lookAt <= this.nowMs) return true;
    return [...this.fresh].some((one) => one.receiver === origin && one.dueAt <= this.nowMs);
  }

  private viewOf({ tenantId, origin, health }: Row): ReceiverView {
    const due = this.dueOf(origin);
    const later = [...this.waiting].filter(
      (one) => one.receiver === origin && one.dueAt > this.nowMs,
    );
    const nextDueAt = Math.min(...later.map(({ dueAt }) => dueAt));
    return {
      tenantId,
      origin,
      health,
      inFlight: this.inFlightOf((receiver) => receiver.origin === origin),
      due: due.slice(0, this.options.perReceiver),
      nextDueAt: nextDueAt === Infinity ? null : new Date(nextDueAt),
      hasMore: due.length > this.options.perReceiver,
    };
  }

  private dueOf(origin: string): readonly WorldDelivery[] {
    return [...this.waiting]
      .filter((one) => one.receiver === origin && one.dueAt <= this.nowMs)
      .toSorted((a, b) => Number(b.isFirst) - Number(a.isFirst) || a.dueAt - b.dueAt);
  }

  private rowOf(origin: string): Row {
    const row = this.rows.get(origin);
    if (!row) throw new Error(`no receiver ${origin}`);
    return row;
  }
}
