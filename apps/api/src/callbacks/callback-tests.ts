import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Delivery,
  type DeliveryAttempt,
  type DeliveryStore,
  testDelivery,
} from '@app/callbacks';
import { GatewayError } from '@app/errors';
import type { Identity } from '@app/tenants';
import { fieldRefusal } from '../http/field-refusal.js';
import type { CallbackUrls } from '../tasks/callback-urls.js';
import { refuseDisabled } from './refuse-disabled.js';

/** Unfinished ones of one tenant. */
export const MOST_TESTS = 10;

/** One looks at once, and then less and less often. */
const FIRST_LOOK_MS = 50;
const LATEST_LOOK_MS = 400;

export interface CallbackTestsOptions {
  /** How long to wait for the attempt: what one may last, and a little for the worker to begin it. */
  readonly waitMs: number;
  readonly wakeWorkers: () => void;
}

export interface SentTest {
  readonly delivery: Delivery;
  readonly attempts: readonly DeliveryAttempt[];
}

/** Sends a tenant's receiver a callback of no task, and waits to see how it fares. */
export class CallbackTests {
  constructor(
    private readonly store: DeliveryStore,
    private readonly urls: Pick<CallbackUrls, 'judge'>,
    private readonly options: CallbackTestsOptions,
  ) {}

  /**
   * The test as it stands when it has been tried, when the time is over, or when nobody waits any more.
   * @throws GatewayError INVALID_REQUEST with param `url`; RATE_LIMIT_EXCEEDED while too many are unfinished
   */
  async send(identity: Identity, asked: string | undefined, gone: AbortSignal): Promise<SentTest> {
    const { tenantId } = identity;
    const test = testDelivery({ tenantId, url: this.urlOf(identity, asked) }, new Date());
    await refuseDisabled(this.store, { tenantId, origin: test.origin });
    if (!(await this.store.addTest(test, MOST_TESTS))) throw tooMany();
    this.options.wakeWorkers();
    return await this.outcome(test, gone);
  }

  private urlOf(identity: Identity, asked: string | undefined): string {
    const url = asked ?? identity.callbacks.default?.url;
    if (url === undefined)
      throw fieldRefusal('url', 'takes an http or https URL: you have no default callback URL');
    const { allowed, reason } = this.urls.judge(url, identity);
    if (allowed) return url;
    throw fieldRefusal('url', `is not taken: ${reason}`);
  }

  private async outcome(test: Delivery, gone: AbortSignal): Promise<SentTest> {
    const deadline = performance.now() + this.options.waitMs;
    let waitMs = FIRST_LOOK_MS;
    for (;;) {
      const found = await this.store.find(test.tenantId, test.id);
      const sent = found ?? { delivery: test, attempts: [] };
      const leftMs = deadline - performance.now();
      if (sent.delivery.state !== 'pending' || leftMs <= 0 || gone.aborted) return sent;
      await sleep(Math.min(waitMs, leftMs), undefined, { signal: gone }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, LATEST_LOOK_MS);
    }
  }
}

const tooMany = (): GatewayError =>
  new GatewayError(
    'RATE_LIMIT_EXCEEDED',
    `You have ${MOST_TESTS} tests that have not ended yet; send the next one when one has.`,
    { retryAfterSeconds: 5 },
  );
