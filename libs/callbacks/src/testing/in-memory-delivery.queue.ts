import type { Delivery, DeliveryAttempt } from '../delivery.js';
import {
  type ClaimedDelivery,
  type ClaimLimits,
  type ClaimView,
  DeliveryQueue,
  type DueDelivery,
  type FinishedAttempt,
  type Outcome,
  type ReceiverDecision,
  type ReceiverView,
} from '../delivery-queue.js';
import {
  afterClaim,
  afterEnd,
  afterRecord,
  afterRequest,
  isDue,
  isFirst,
  type QueuedDelivery,
  type RequestedTrigger,
  wasLeftBehind,
} from '../queued-delivery.js';
import { NEW_RECEIVER, type ReceiverHealth, type ReceiverKey } from '../receiver.js';
import { shownDue } from '../shown-due.js';

type Row = Delivery & QueuedDelivery;

export interface QueuedReceiver extends ReceiverKey {
  readonly health: ReceiverHealth;
  readonly lookAt: Date | null;
  readonly crowded: boolean;
}

/** The queue's promises on two maps; the contract suite keeps it honest. */
export class InMemoryDeliveryQueue extends DeliveryQueue {
  private readonly rows = new Map<string, Row>();
  private readonly receivers = new Map<string, QueuedReceiver>();
  private readonly attempts: DeliveryAttempt[] = [];

  constructor(private readonly now: () => Date = () => new Date()) {
    super();
  }

  /** What the commit of a task's change does in the real one. */
  add(delivery: Delivery): void {
    this.rows.set(delivery.id, { ...delivery, parked: false, leaseUntil: null, requested: null });
  }

  /** What `DeliveryStore.redeliver` does. */
  request(deliveryId: string, trigger: RequestedTrigger): void {
    const row = this.rows.get(deliveryId);
    if (row) this.rows.set(deliveryId, afterRequest(row, trigger, this.now()));
  }

  find(deliveryId: string): Delivery | null {
    const row = this.rows.get(deliveryId);
    return row ? toDelivery(row) : null;
  }

  attemptsOf(deliveryId: string): readonly DeliveryAttempt[] {
    return this.attempts.filter((attempt) => attempt.deliveryId === deliveryId);
  }

  findReceiver(key: ReceiverKey): QueuedReceiver | null {
    return this.receivers.get(keyOf(key)) ?? null;
  }

  override async claim(
    limits: ClaimLimits,
    decide: (view: ClaimView) => readonly ReceiverDecision[],
  ): Promise<{ readonly claimed: readonly ClaimedDelivery[]; readonly hasMore: boolean }> {
    const now = this.now();
    const keys = this.keysToLookAt(now);
    const looked = new Map([...keys].slice(0, limits.receivers));
    const receivers = [...looked.values()].map((key) => this.view(key, limits, now));
    const decisions = decide({ now, receivers }).filter((one) => looked.has(keyOf(one)));
    const leaseUntil = new Date(now.getTime() + limits.leaseMs);
    const claimed = decisions.flatMap((decision) => this.carryOut(decision, now, leaseUntil));
    return { claimed, hasMore: keys.size >= limits.receivers };
  }

  override async record(
    finished: readonly FinishedAttempt[],
    learn: (health: ReceiverHealth, outcomes: readonly Outcome[], now: Date) => ReceiverHealth,
  ): Promise<readonly FinishedAttempt[]> {
    const now = this.now();
    const taken = finished.filter((one) => this.takes(one));
    for (const { claimed, attempt, next } of taken) {
      const row = this.rows.get(claimed.id);
      if (row) this.rows.set(row.id, afterRecord(row, attempt, { next, now }));
      this.attempts.push(attempt);
    }
    for (const [key, ofReceiver] of Map.groupBy(taken, ({ claimed }) => keyOf(claimed))) {
      const receiver = this.receivers.get(key);
      if (!receiver) continue;
      const outcomes = ofReceiver.map(({ attempt, retryAfterSeconds }) => ({
        errorClass: attempt.errorClass,
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      }));
      const due = ofReceiver.map(({ claimed }) => this.rows.get(claimed.id)?.nextAttemptAt ?? null);
      this.receivers.set(key, {
        ...receiver,
        health: learn(receiver.health, outcomes, now),
        lookAt: receiver.crowded ? now : earliest([receiver.lookAt, ...due]),
      });
    }
    return [];
  }

  private takes({ claimed, attempt }: FinishedAttempt): boolean {
    const row = this.rows.get(claimed.id);
    return (
      row?.leaseUntil?.getTime() === claimed.leaseUntil.getTime() &&
      row.attempts === attempt.number - 1
    );
  }

  /** Those of fresh deliveries, then those whose time has come, each oldest first. */
  private keysToLookAt(now: Date): Map<string, ReceiverKey> {
    const fresh = this.rowsBy((row) => !row.parked && isDue(row, now));
    const waiting = [...this.receivers.values()]
      .filter(({ lookAt }) => lookAt !== null && lookAt <= now)
      .toSorted((a, b) => Number(a.lookAt) - Number(b.lookAt));
    return new Map([...fresh, ...waiting].map((key) => [keyOf(key), key]));
  }

  private view(
    { tenantId, origin }: ReceiverKey,
    { perReceiver }: ClaimLimits,
    now: Date,
  ): ReceiverView {
    const key = { tenantId, origin };
    const rows = this.rowsBy((row) => keyOf(row) === keyOf(key));
    const due = rows.filter((row) => isDue(row, now));
    const [firsts, again] = [due.filter(isFirst), due.filter((row) => !isFirst(row))];
    const shown = shownDue(firsts, again, perReceiver);
    const underWay = rows.filter((row) => isLeased(row, now));
    const later = rows.filter((row) => !isLeased(row, now) && !isDue(row, now));
    return {
      ...key,
      health: this.findReceiver(key)?.health ?? NEW_RECEIVER,
      inFlight: underWay.length,
      due: shown.due.map((row) => this.toDue(row)),
      hasMore: shown.hasMore,
      nextDueAt: earliest(later.map(({ nextAttemptAt }) => nextAttemptAt)),
    };
  }

  private carryOut(decision: ReceiverDecision, now: Date, leaseUntil: Date): ClaimedDelivery[] {
    const rows = this.rowsBy((row) => keyOf(row) === keyOf(decision) && isDue(row, now));
    const claimed: ClaimedDelivery[] = [];
    for (const row of rows) {
      const end = decision.end.find(({ id }) => id === row.id);
      const isSent = decision.send.includes(row.id);
      if (isSent) {
        const moved = afterClaim(row, leaseUntil);
        claimed.push({ ...toDelivery(moved), leaseUntil, wasInterrupted: wasLeftBehind(row) });
        this.rows.set(row.id, moved);
      } else this.rows.set(row.id, end ? afterEnd(row, end) : { ...row, parked: true });
    }
    const { tenantId, origin, health, crowded, lookAt } = decision;
    const underWay = this.rowsBy((row) => keyOf(row) === keyOf(decision) && isLeased(row, now));
    const leases = [...underWay, ...claimed].map((row) => row.leaseUntil);
    this.receivers.set(keyOf(decision), {
      tenantId,
      origin,
      health,
      crowded,
      lookAt: earliest([lookAt, ...leases]),
    });
    return claimed;
  }

  private toDue(row: Row): DueDelivery {
    const { id, taskId, event, sequence, createdAt } = row;
    const later = this.rowsBy((other) => other.taskId === taskId && other.sequence > sequence);
    const isSuperseded = taskId !== null && later.length > 0;
    return { id, event, sequence, createdAt, isFirst: isFirst(row), isSuperseded };
  }

  /** Oldest first. */
  private rowsBy(holds: (row: Row) => boolean): readonly Row[] {
    return [...this.rows.values()]
      .filter(holds)
      .toSorted(
        (a, b) =>
          Number(a.nextAttemptAt) - Number(b.nextAttemptAt) ||
          a.sequence - b.sequence ||
          (a.id < b.id ? -1 : 1),
      );
  }
}

const keyOf = ({ tenantId, origin }: ReceiverKey): string => `${tenantId} ${origin}`;

const isLeased = ({ leaseUntil }: Row, now: Date): boolean =>
  leaseUntil !== null && leaseUntil > now;

const toDelivery = ({ parked: _, leaseUntil: __, requested: ___, ...delivery }: Row): Delivery =>
  delivery;

function earliest(dates: readonly (Date | null)[]): Date | null {
  const times = dates.flatMap((date) => (date ? [date.getTime()] : []));
  return times.length > 0 ? new Date(Math.min(...times)) : null;
}
