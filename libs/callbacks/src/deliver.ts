import { afterAttempt } from './after-attempt.js';
import type { ClaimedDelivery, FinishedAttempt } from './delivery-queue.js';
import type { Verdict } from './judge-answer.js';
import type { RetrySchedule } from './retry-schedule.js';
import type { CallbackSender, SendLimits } from './send-callback.js';

export interface DelivererOptions {
  readonly schedule: RetrySchedule;
  /** The shortest wait after a time-out or 429. */
  readonly slowDownSeconds: number;
  readonly now?: () => Date;
  /** From 0 (inclusive) to 1 (exclusive), evenly. */
  readonly random?: () => number;
}

/** Makes one attempt of one claimed delivery and says where the delivery stands then. It writes nothing. */
export class Deliverer {
  private readonly now: () => Date;
  private readonly random: () => number;

  constructor(
    private readonly sender: Pick<CallbackSender, 'send'>,
    private readonly options: DelivererOptions,
  ) {
    this.now = options.now ?? (() => new Date());
    this.random = options.random ?? Math.random;
  }

  /**
   * A receiver's fault never throws. A fault of our own does: then nothing is to be recorded, and the
   * delivery is due again when its lease lapses.
   */
  async deliver(claimed: ClaimedDelivery, limits: SendLimits = {}): Promise<FinishedAttempt> {
    const { attempt, verdict } = await this.sender.send(claimed, limits);
    const { schedule, slowDownSeconds } = this.options;
    const input = { schedule, slowDownSeconds, now: this.now(), random: this.random() };
    return {
      claimed,
      attempt,
      next: afterAttempt(claimed, verdict, input),
      retryAfterSeconds: mayAskForPause(attempt.status) ? askedFor(verdict) : undefined,
    };
  }
}

/** `Retry-After` is about the receiver with these (RFC 9110, sections 10.2.3 and 15.6.4; RFC 6585, section 4). */
const mayAskForPause = (status: number | null): boolean => status === 429 || status === 503;

const askedFor = (verdict: Verdict): number | undefined =>
  verdict.outcome === 'retry' ? verdict.retryAfterSeconds : undefined;
