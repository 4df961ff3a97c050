import { GatewayError } from '@app/errors';
import type { TenantPolicy } from '@app/outbound';
import type { Task } from '@app/tasks';
import type { CallbackRules, CallbackSettings, Policy } from '@app/tenants';
import { type CallbackUrlRules, judgeCallbackUrl } from '../callbacks/judge-callback-url.js';
import { readCallbackSettings } from '../callbacks/read-callback-settings.js';

type Callback = NonNullable<Task['callback']>;

/** What a request says of its callback; null: none, although there may be a default. */
export type AskedCallback = {
  readonly url?: string;
  readonly when?: Callback['when'] | null;
} | null;

/** Judges callback URLs by their text alone: nothing is sent, resolved or opened. */
export class CallbackUrls {
  constructor(private readonly tenantPolicy: TenantPolicy) {}

  /** The verdict that a create with this URL would get. */
  judge(url: string, tenant: CallbackRules): { allowed: boolean; reason: string | null } {
    const verdict = judgeCallbackUrl(url, this.rulesOf(tenant));
    return { allowed: verdict.allowed, reason: verdict.allowed ? null : verdict.reason };
  }

  /**
   * The callback of a new task: its own, or the tenant's default where it names no URL. What it says of
   * `when` goes before the default's.
   * @throws GatewayError INVALID_REQUEST with param `callback.url`; `callback` where the default is not taken
   */
  choose(asked: AskedCallback | undefined, tenant: CallbackRules): Callback | null {
    if (asked === null) return null;
    if (asked?.url !== undefined) return this.own(asked.url, asked.when ?? 'final', tenant);
    const fallback = tenant.callbacks.default;
    if (fallback) return this.default({ ...fallback, when: asked?.when ?? fallback.when }, tenant);
    if (asked === undefined) return null;
    const message = `callback.url takes an http or https URL: you have no default. PUT /v1/callback-urls sets one.`;
    throw refuse(message, 'callback.url');
  }

  /**
   * For a task that is made once more: its callback was taken before, and is judged by what holds now.
   * @throws GatewayError INVALID_REQUEST with param `callback.url`
   */
  refuseForbidden({ url, when }: Callback, tenant: CallbackRules): void {
    this.own(url, when, tenant);
  }

  /** A tenant's settings, read and judged. @throws GatewayError INVALID_REQUEST with the path as param */
  readSettings(body: object, { callbackHosts }: Policy): CallbackSettings {
    return readCallbackSettings(body, {
      tenantPolicy: this.tenantPolicy,
      policyHosts: callbackHosts,
    });
  }

  private own(url: string, when: Callback['when'], tenant: CallbackRules): Callback {
    const { reason } = this.judge(url, tenant);
    if (reason === null) return { url, when };
    throw refuse(`callback.url is not taken: ${reason}.`, 'callback.url');
  }

  private default(callback: Callback, tenant: CallbackRules): Callback {
    const { reason } = this.judge(callback.url, tenant);
    if (reason === null) return callback;
    const message = `callback: your default URL is not taken any more: ${reason}. PUT /v1/callback-urls changes it; "callback": null makes a task without one.`;
    throw refuse(message, 'callback');
  }

  private rulesOf({ policy, callbacks }: CallbackRules): CallbackUrlRules {
    return {
      tenantPolicy: this.tenantPolicy,
      policyHosts: policy.callbackHosts,
      settings: callbacks,
    };
  }
}

const refuse = (message: string, param: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', message, { param });
