import { GatewayError } from '@app/errors';
import { judgeUrlText, type TenantPolicy } from '@app/outbound';
import type { Task } from '@app/tasks';

/** Judges callback URLs by their text alone: nothing is sent, resolved or opened. */
export class CallbackUrls {
  constructor(private readonly policy: TenantPolicy) {}

  judge(url: string): { readonly allowed: boolean; readonly reason: string | null } {
    const verdict = judgeUrlText(url, this.policy);
    return verdict.allowed
      ? { allowed: true, reason: null }
      : { allowed: false, reason: verdict.reason };
  }

  /** @throws GatewayError INVALID_REQUEST with param `callback.url` */
  take({
    url,
    when = 'final',
  }: {
    readonly url: string;
    readonly when?: 'final' | 'all';
  }): NonNullable<Task['callback']> {
    const { allowed, reason } = this.judge(url);
    if (allowed) return { url, when };
    throw new GatewayError('INVALID_REQUEST', `callback.url is not taken: ${reason}`, {
      param: 'callback.url',
    });
  }
}
