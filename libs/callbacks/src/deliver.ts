import type { AfterAttempt, DeliveryStore } from './delivery.store.js';
import type { Verdict } from './judge-answer.js';
import { nextAttemptAt, type RetrySchedule } from './retry-schedule.js';
import type { CallbackSender } from './send-callback.js';

export interface DeliverStepOptions {
  readonly schedule: RetrySchedule;
  /**
   * For how long a claimed delivery is nobody else's: more than the sender's time-out plus the time
   * of its two statements. A worker that dies in between is followed by another after it.
   */
  readonly leaseMs: number;
  readonly now?: () => Date;
  readonly random?: () => number;
}

/** One attempt of one delivery, from the row to the row: claim, send, record. */
export class DeliverStep {
  private readonly now: () => Date;
  private readonly random: () => number;

  constructor(
    private readonly store: DeliveryStore,
    private readonly sender: CallbackSender,
    private readonly options: DeliverStepOptions,
  ) {
    this.now = options.now ?? (() => new Date());
    this.random = options.random ?? Math.random;
  }

  /**
   * Returns when the next attempt is due; null when there is none: delivered, dead, or not ours to
   * send. A receiver's fault never throws. A fault of our own does: the row stays as claimed and is
   * due again when the lease lapses, and no attempt is counted.
   */
  async run(deliveryId: string): Promise<Date | null> {
    const leaseUntil = new Date(this.now().getTime() + this.options.leaseMs);
    const delivery = await this.store.claim(deliveryId, leaseUntil);
    if (!delivery) return null;
    const { attempt, verdict } = await this.sender.send(delivery, delivery.trigger);
    const next = this.after(verdict, attempt.number);
    await this.store.record(attempt, next);
    return next.nextAttemptAt;
  }

  private after(verdict: Verdict, failedAttempts: number): AfterAttempt {
    if (verdict.outcome !== 'retry') return { state: verdict.outcome, nextAttemptAt: null };
    const due = nextAttemptAt({
      schedule: this.options.schedule,
      failedAttempts,
      now: this.now(),
      random: this.random(),
      retryAfterSeconds: verdict.retryAfterSeconds,
      timedOutOr429: verdict.timedOutOr429,
    });
    return due ? { state: 'pending', nextAttemptAt: due } : { state: 'dead', nextAttemptAt: null };
  }
}
