import { type Breaker, breakerState, probed } from '@app/outbound';
import { isProgressEvent } from './delivery.js';
import type { DueDelivery, ReceiverDecision, ReceiverView } from './delivery-queue.js';
import type { ReceiverHealth } from './receiver.js';
import { atOnceNow, readHealth } from './receiver-health.js';
import type { ReceiverLimits } from './receiver-limits.js';
import { refilled, tokensThereAt } from './receiver-tokens.js';
import type { FreePlaces } from './worker-room.js';

/** A newer change of the task waits as well: after so long the older one is not worth a request. */
const SUPERSEDED_AFTER_MS = 1_000;
/** Of a receiver's attempts at once, so many are for first attempts: one in so many, at least one. */
const RESERVED_ONE_IN = 5;
/** An attempt's end has a crowded receiver looked at; this is for the end that nobody saw. */
const CROWDED_MS = 5_000;

/** One receiver in one turn: what of its due deliveries may be sent, one after the other. */
export class ReceiverLine {
  private health: ReceiverHealth;
  private readonly firsts: DueDelivery[];
  private readonly retries: DueDelivery[];
  private readonly send: string[] = [];
  private readonly end: ReceiverDecision['end'];
  private readonly nowMs: number;
  private readonly atOnce: number;
  /** When to look again at what is due and stays. */
  private lookAtMs = Infinity;
  private isCrowded = false;

  constructor(
    private readonly view: ReceiverView,
    now: Date,
    private readonly limits: ReceiverLimits,
  ) {
    this.nowMs = now.getTime();
    const health = readHealth(view.health);
    this.health = { ...health, ...refilled(health, limits, this.nowMs) };
    this.end = health.disabledAt === null ? this.superseded() : view.due.map(endedAsDisabled);
    const ended = new Set(this.end.map(({ id }) => id));
    const due = view.due.filter(({ id }) => !ended.has(id));
    this.firsts = due.filter(({ isFirst }) => isFirst);
    this.retries = due.filter(({ isFirst }) => !isFirst);
    this.atOnce = atOnceNow(health, limits);
  }

  /** Sends the next one of the kind, if there is one and everything allows it; false: no more of it. */
  sendOne(kind: 'firsts' | 'retries', places: FreePlaces): boolean {
    const [next] = this[kind];
    if (!next || !this.mayReceive(next.isFirst)) return false;
    const noPlace = places.take(this.view.tenantId, next.isFirst);
    if (noPlace !== null) {
      this.lookAgain(noPlace.why === 'full' ? this.nowMs : this.nowMs + noPlace.waitMs);
      // Whatever this receiver has under way holds some of that share.
      this.isCrowded ||= noPlace.why === 'share' && this.inFlight > 0;
      return false;
    }
    this[kind].shift();
    this.send.push(next.id);
    this.health = { ...this.health, tokens: this.health.tokens - 1, breaker: this.breakerNow() };
    return true;
  }

  decision(): ReceiverDecision {
    const { tenantId, origin, nextDueAt, hasMore } = this.view;
    const isLeft = hasMore || this.firsts.length + this.retries.length > 0;
    // What was not shown is seen as soon as what was shown is out of the way.
    const lookAtMs = this.lookAtMs === Infinity ? this.nowMs : this.lookAtMs;
    return {
      tenantId,
      origin,
      send: this.send,
      end: this.end,
      health: this.health,
      lookAt: isLeft ? new Date(lookAtMs) : nextDueAt,
      crowded: isLeft && this.isCrowded,
    };
  }

  private get inFlight(): number {
    return this.view.inFlight + this.send.length;
  }

  private mayReceive(isFirst: boolean): boolean {
    const leftAloneUntil = this.leftAloneUntil();
    if (leftAloneUntil > this.nowMs) return this.refuse(leftAloneUntil);
    const reserved = isFirst ? 0 : reservedOf(this.atOnce);
    // A probe does not wait for what was under way when the breaker opened.
    if (!this.isHalfOpen() && this.inFlight >= this.atOnce - reserved) {
      this.isCrowded = true;
      return this.refuse(this.nowMs + CROWDED_MS);
    }
    const wanted = isFirst ? 1 : 2;
    if (this.health.tokens >= wanted) return true;
    return this.refuse(tokensThereAt(this.health, this.limits, wanted));
  }

  private refuse(lookAtMs: number): false {
    this.lookAgain(lookAtMs);
    return false;
  }

  private lookAgain(atMs: number): void {
    this.lookAtMs = Math.min(this.lookAtMs, atMs);
  }

  private leftAloneUntil(): number {
    const { breaker, pausedUntil } = this.health;
    const isOpen = breakerState(breaker, this.nowMs) === 'open';
    // The probe of this very turn is under way: its end decides.
    if (isOpen && this.send.length > 0) this.isCrowded = true;
    return Math.max(isOpen ? (breaker?.openUntil ?? 0) : 0, pausedUntil ?? 0);
  }

  /** A half-open breaker lets one through, and is open until that one's end is known. */
  private breakerNow(): Breaker | null {
    const { breaker } = this.health;
    return breaker && this.isHalfOpen() ? probed(breaker, this.nowMs) : breaker;
  }

  private isHalfOpen(): boolean {
    return breakerState(this.health.breaker, this.nowMs) === 'half-open';
  }

  private superseded(): ReceiverDecision['end'] {
    return this.view.due
      .filter(({ event, isSuperseded }) => isProgressEvent(event) && isSuperseded)
      .filter(({ createdAt }) => this.nowMs - createdAt.getTime() > SUPERSEDED_AFTER_MS)
      .map(({ id }) => ({ id, state: 'skipped', note: SUPERSEDED }));
  }
}

const reservedOf = (atOnce: number): number =>
  atOnce > 1 ? Math.max(1, Math.floor(atOnce / RESERVED_ONE_IN)) : 0;

const SUPERSEDED = 'not sent: a later change of the task was to be told';
const DISABLED = 'not sent: callbacks to this origin are disabled';

const endedAsDisabled = ({ id, event }: DueDelivery): ReceiverDecision['end'][number] => ({
  id,
  state: isProgressEvent(event) ? 'skipped' : 'dead',
  note: DISABLED,
});
