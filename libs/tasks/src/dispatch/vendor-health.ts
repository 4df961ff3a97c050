import type { Logger } from '@app/observability';
import { afterFault, afterOk, isClean, SHORTEST_OPEN_MS } from '@app/outbound';
import type { TroubleVerdict } from '../after-trouble.js';
import type { VendorTrouble } from '../vendor-report.js';
import { afterThrottle } from './account-health.js';
import { afterTrouble, SOONEST_PROBE_MS, troubleName, troubleNames } from './account-trouble.js';
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
  /** The vendor took a job. */
  readonly taken?: true;
}

export interface VendorHealthOptions {
  readonly store: VendorHealthStore;
  readonly logger: Logger;
  /** The configured in-flight limit of an account; null when it is no longer configured. */
  readonly limitOf: (account: string) => number | null;
  /** Ids of the configured accounts of a vendor. */
  readonly accountsOf: (provider: string) => readonly string[];
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** Tells all workers how a vendor fares. Advice only: what cannot be told is logged, and the step goes on. */
export class VendorHealth {
  /** Models whose breaker was seen clean, and when. */
  private readonly clean = new Map<string, number>();
  /** Accounts, with a model, that were seen to be well, and when. */
  private readonly seenWell = new Map<string, number>();

  constructor(private readonly options: VendorHealthOptions) {}

  /** Never throws. An `ok` costs a statement only every few seconds, or after something bad. */
  async report(event: VendorEvent): Promise<void> {
    try {
      switch (event.outcome) {
        case 'ok':
          if (event.taken) await this.well(event);
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

  /**
   * A vendor refused an account of ours. Says so to the operator once, and whether the task has another
   * account to go to. Never throws: what could not be found out is news.
   */
  async trouble(event: VendorTrouble): Promise<TroubleVerdict> {
    const { provider, account, model, scope, why } = event;
    const subject = { account, model: scope === 'model' ? model : null };
    const nowMs = this.now();
    const seen = { isNew: false };
    try {
      await this.options.store.changeTrouble(provider, subject, (known) => {
        seen.isNew = known === null;
        return afterTrouble(known, why, nowMs);
      });
      this.seenWell.delete(troubleName(account, model));
      if (seen.isNew) this.alarm(event);
      if (await this.hasOther(event)) return 'elsewhere';
      return seen.isNew ? 'news' : 'known';
    } catch (error) {
      this.options.logger.error(
        { provider, account, err: error },
        'an account in trouble could not be noted',
      );
      return 'news';
    }
  }

  private alarm({ provider, account, model, scope, why }: VendorTrouble): void {
    this.options.logger.error(
      { provider, account, ...(scope === 'model' && { model }), why },
      'vendor account in trouble: nothing is sent under it but a task now and then',
    );
  }

  private async hasOther({ provider, account, model }: VendorTrouble): Promise<boolean> {
    const troubles = await this.options.store.troublesOf(provider);
    return this.options
      .accountsOf(provider)
      .some((id) => id !== account && !troubleNames(id, model).some((name) => troubles.has(name)));
  }

  /** Told only now and then: whoever was seen well cannot have been found in trouble and be tried again so soon. */
  private async well({ provider, account, model }: VendorEvent): Promise<void> {
    const nowMs = this.now();
    const name = troubleName(account, model);
    if (nowMs - (this.seenWell.get(name) ?? -Infinity) < SOONEST_PROBE_MS / 2) return;
    const names = troubleNames(account, model);
    const { ended, left } = await this.options.store.endTroubles(provider, names, nowMs);
    if (left.length === 0) this.seenWell.set(name, nowMs);
    if (ended.length > 0)
      this.options.logger.info({ provider, account, ended }, 'vendor account works again');
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }
}

const SEEN_CLEAN_MS = SHORTEST_OPEN_MS / 2;
