import type { Logger } from '@app/observability';
import { afterThrottle } from './account-health.js';
import { afterFault, afterOk, isClean, SHORTEST_OPEN_MS } from './breaker.js';
import type { VendorHealthStore } from './vendor-health.store.js';

/** How a call to a vendor went, as far as it tells how the vendor fares. */
export interface VendorEvent {
  readonly provider: string;
  readonly account: string;
  readonly model: string;
  /**
   * `ok`: the vendor works, also where it refused what a caller wanted. `fault`: 5xx, no answer, an
   * answer that nobody can read. `throttled`: 429.
   */
  readonly outcome: 'ok' | 'fault' | 'throttled';
  /** What a vendor that throttled asked for. */
  readonly retryAfterMs?: number | undefined;
}

export interface VendorHealthOptions {
  readonly store: VendorHealthStore;
  readonly logger: Logger;
  /** The configured in-flight limit of an account; null when it is no longer configured. */
  readonly limitOf: (account: string) => number | null;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** Tells all workers how a vendor fares. Advice only: what cannot be told is logged, and the step goes on. */
export class VendorHealth {
  /** Models whose breaker was seen clean, and when. */
  private readonly clean = new Map<string, number>();

  constructor(private readonly options: VendorHealthOptions) {}

  /** Never throws. An `ok` costs a statement only every few seconds, or after something bad. */
  async report(event: VendorEvent): Promise<void> {
    try {
      switch (event.outcome) {
        case 'ok':
          return await this.ok(event);
        case 'fault':
          return await this.fault(event);
        case 'throttled':
          return await this.throttled(event);
      }
    } catch (error) {
      const { provider, model, outcome } = event;
      this.options.logger.warn(
        { provider, model, outcome, err: error },
        'how a vendor fares could not be noted',
      );
    }
  }

  /**
   * A breaker that was seen clean less than half of the shortest opening ago cannot be half-open now,
   * so the answer of a probe is always told, whichever worker it comes to.
   */
  private async ok({ provider, model }: VendorEvent): Promise<void> {
    const nowMs = this.now();
    if (nowMs - (this.clean.get(model) ?? -Infinity) < SEEN_CLEAN_MS) return;
    this.clean.set(model, nowMs);
    try {
      await this.options.store.changeBreaker(provider, model, (breaker) => {
        const next = afterOk(breaker, nowMs);
        if (!isClean(next)) this.clean.delete(model);
        return next;
      });
    } catch (error) {
      this.clean.delete(model);
      throw error;
    }
  }

  private async fault({ provider, model }: VendorEvent): Promise<void> {
    const nowMs = this.now();
    try {
      await this.options.store.changeBreaker(provider, model, (now) => afterFault(now, nowMs));
    } finally {
      this.clean.delete(model);
    }
  }

  private async throttled({ provider, account, retryAfterMs }: VendorEvent): Promise<void> {
    const configured = this.options.limitOf(account);
    if (configured === null) return;
    const throttle = { nowMs: this.now(), configured, retryAfterMs };
    await this.options.store.changeAccount(provider, account, (health) =>
      afterThrottle(health, throttle),
    );
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }
}

const SEEN_CLEAN_MS = SHORTEST_OPEN_MS / 2;
