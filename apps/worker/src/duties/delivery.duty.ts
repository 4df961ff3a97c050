import { setTimeout as delay } from 'node:timers/promises';
import {
  chooseDeliveries,
  type ClaimedDelivery,
  type Deliverer,
  type DeliveryQueue,
  type FinishedAttempt,
  isFirst,
  isTerminalEvent,
  learn,
  type ReceiverDecision,
  type ReceiverLimits,
  type Room,
} from '@app/callbacks';
import type { Logger, Metrics } from '@app/observability';
import { AttemptRecords } from './attempt-records.js';
import type { Duty } from './duty.js';

export interface DeliveryDutyParts {
  readonly queue: DeliveryQueue;
  readonly deliverer: Pick<Deliverer, 'deliver'>;
  readonly limits: ReceiverLimits;
  /** Attempts at once in this worker. */
  readonly concurrency: number;
  /** One attempt, whole. */
  readonly timeoutMs: number;
  /** The end of the drain time: attempts under way break off. */
  readonly shutdown: AbortSignal;
  /** There may be more to do right away. */
  readonly onRoom: () => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds of a clock that only goes on. */
  readonly nowMs?: () => number;
}

/** Receivers that are looked at in one turn. */
const RECEIVERS = 100;
/** Deliveries shown of one, beyond what it may be sent: some of them may end without an attempt. */
const SPARE = 10;
const MOST_SHOWN = 100;
/** What a lease has beyond the time-out, for what comes before an attempt and after it. */
const LEASE_SPARE_MS = 10_000;
/** Of that, what is kept for the record. */
const RECORD_MS = 5_000;
/** With less time than this nothing is begun. */
const SHORTEST_ATTEMPT_MS = 1_000;
/** After a turn that failed (Postgres is away), the next ones pass by for longer each time. */
const FIRST_REST_MS = 250;
const LONGEST_REST_MS = 5_000;

/**
 * Sends what is due. A turn claims deliveries under the locks of their receivers' rows, so that limits
 * hold over all workers, begins their attempts and does not wait for them. It needs Postgres and nothing
 * else; what a worker began and did not live to record is due again when its lease lapses.
 */
export class DeliveryDuty implements Duty {
  readonly name = 'delivery';
  readonly everyMs = 250;
  /** By the delivery's id, until its attempt is recorded. */
  private readonly underWay = new Map<string, { claimed: ClaimedDelivery; sinceMs: number }>();
  private readonly attempts = new Set<Promise<void>>();
  /** Receivers that had more than they could be sent when they were looked at last. */
  private readonly crowded = new Set<string>();
  private readonly records: AttemptRecords;
  private readonly leaseMs: number;
  private readonly nowMs: () => number;
  private restMs = 0;
  private restsUntilMs = 0;

  constructor(private readonly parts: DeliveryDutyParts) {
    const { queue, limits, shutdown, logger } = parts;
    this.leaseMs = parts.timeoutMs + LEASE_SPARE_MS;
    this.nowMs = parts.nowMs ?? (() => performance.now());
    this.records = new AttemptRecords({
      write: async (finished) =>
        await queue.record(finished, (health, outcomes, now) =>
          learn(health, { outcomes, now, limits }),
        ),
      onGone: (finished) => this.free(finished.map(({ claimed }) => claimed)),
      shutdown,
      logger,
      nowMs: this.nowMs,
      rest: async (milliseconds) => {
        await delay(milliseconds, undefined, { signal: shutdown }).catch(() => undefined);
      },
    });
  }

  async runOnce(): Promise<boolean> {
    const room = this.room();
    if (this.underWay.size >= room.size || this.nowMs() < this.restsUntilMs) return false;
    // Its lease is counted from before the claim, by our own clock: it is over no later than Postgres says.
    const leaseEndsMs = this.nowMs() + this.leaseMs;
    const { claimed, again } = await this.claim(room);
    for (const delivery of claimed) this.begin(delivery, leaseEndsMs);
    return again && this.underWay.size < room.size;
  }

  /** Waits for the attempts under way and their records. */
  async drain(): Promise<void> {
    while (this.attempts.size > 0) await Promise.all(this.attempts);
    await this.records.idle();
  }

  private async claim(room: Room) {
    const { queue, limits } = this.parts;
    let decisions: readonly ReceiverDecision[] = [];
    let lookedAtMs = 0;
    const perReceiver = Math.min(limits.atOnce, MOST_SHOWN) + SPARE;
    const asked = { receivers: RECEIVERS, perReceiver, leaseMs: this.leaseMs };
    try {
      const { claimed, hasMore } = await queue.claim(asked, (view) => {
        lookedAtMs = view.now.getTime();
        decisions = chooseDeliveries(view, room, limits);
        return decisions;
      });
      this.restMs = 0;
      this.heed(decisions);
      const isDue = decisions.some(({ lookAt }) => lookAt && lookAt.getTime() <= lookedAtMs);
      return { claimed, again: hasMore || isDue };
    } catch (error) {
      this.restMs = Math.min(Math.max(this.restMs * 2, FIRST_REST_MS), LONGEST_REST_MS);
      this.restsUntilMs = this.nowMs() + this.restMs;
      throw error;
    }
  }

  private heed(decisions: readonly ReceiverDecision[]): void {
    for (const decision of decisions) {
      const key = keyOf(decision);
      if (decision.crowded) this.crowded.add(key);
      else this.crowded.delete(key);
      for (const { state } of decision.end) this.parts.metrics.callbacksUnsent.inc({ state });
    }
  }

  private begin(claimed: ClaimedDelivery, leaseEndsMs: number): void {
    const { metrics } = this.parts;
    if (claimed.wasInterrupted) metrics.callbacksInterrupted.inc();
    this.underWay.set(claimed.id, { claimed, sinceMs: this.nowMs() });
    metrics.callbacksInFlight.set(this.underWay.size);
    const attempt = this.attempt(claimed, leaseEndsMs).finally(() => this.attempts.delete(attempt));
    this.attempts.add(attempt);
  }

  private async attempt(claimed: ClaimedDelivery, leaseEndsMs: number): Promise<void> {
    const { deliverer, shutdown: signal, logger } = this.parts;
    const withinMs = leaseEndsMs - RECORD_MS - this.nowMs();
    // A worker that stood still for so long leaves it to the next one.
    if (withinMs < SHORTEST_ATTEMPT_MS) return this.free([claimed]);
    try {
      const finished = await deliverer.deliver(claimed, { withinMs, signal });
      this.count(finished);
      this.records.add(finished, leaseEndsMs);
    } catch (err) {
      logger.warn({ err, deliveryId: claimed.id }, 'callback not sent, due again after its lease');
      this.free([claimed]);
    }
  }

  private count({ claimed, attempt, next }: FinishedAttempt): void {
    const { metrics } = this.parts;
    metrics.callbackAttempts.inc({ outcome: attempt.errorClass ?? 'delivered' });
    if (claimed.state === 'pending' && next.state === 'dead') metrics.callbacksDead.inc();
    if (claimed.attempts > 0 || claimed.trigger !== 'auto' || !isTerminalEvent(claimed.event))
      return;
    const lagMs = attempt.startedAt.getTime() - claimed.createdAt.getTime();
    metrics.callbackLag.observe(Math.max(lagMs, 0) / 1000);
  }

  /** These hold no place any more. Whoever waits for one, here or at their receivers, may have it. */
  private free(deliveries: readonly ClaimedDelivery[]): void {
    const wasFull = this.underWay.size >= this.parts.concurrency;
    for (const { id } of deliveries) this.underWay.delete(id);
    this.parts.metrics.callbacksInFlight.set(this.underWay.size);
    if (wasFull || deliveries.some((one) => this.crowded.has(keyOf(one)))) this.parts.onRoom();
  }

  private room(): Room {
    const nowMs = this.nowMs();
    const underWay = [...this.underWay.values()].map(({ claimed, sinceMs }) => ({
      tenantId: claimed.tenantId,
      isFirst: isFirst(claimed),
      ageMs: nowMs - sinceMs,
    }));
    return { size: this.parts.concurrency, underWay };
  }
}

const keyOf = ({ tenantId, origin }: { readonly tenantId: string; readonly origin: string }) =>
  `${tenantId} ${origin}`;
