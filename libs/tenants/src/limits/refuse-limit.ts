import { GatewayError } from '@app/errors';
import { limitHeaders, type LimitHeaderPrefix } from './limit-headers.js';
import type { LimitName, LimitState, LimitVerdict } from './limiter.js';

export type Refusal = Extract<LimitVerdict, { ok: false }>;

/** A limit is in the way of a call; `states` says how all of its limits stand. */
export class LimitRefusal extends GatewayError {
  constructor(
    readonly states: readonly LimitState[],
    ...error: ConstructorParameters<typeof GatewayError>
  ) {
    super(...error);
  }
}

/** What a caller is told whose call a limit is in the way of: whose it is, what is left, when to come again. */
export function refuseLimit(
  refusal: Refusal,
  {
    keyId,
    prefix = 'x-ratelimit-',
  }: { readonly keyId: string; readonly prefix?: LimitHeaderPrefix },
): LimitRefusal {
  const { refused, states, retryAfterMs } = refusal;
  const whose = refused.scope === keyId ? 'this key' : 'your account';
  const headers = limitHeaders(states, prefix);
  if (refused.name === 'daily-budget' || refused.name === 'monthly-budget') {
    return new LimitRefusal(states, 'BUDGET_EXCEEDED', budgetMessage(refusal, whose), { headers });
  }
  const message = `${LIMIT_WORDS[refused.name](refused.limit)} of ${whose}: ${when(refusal)}`;
  if (retryAfterMs === null) {
    return new LimitRefusal(states, 'RATE_LIMIT_EXCEEDED', message, {
      headers: { ...headers, 'x-should-retry': 'false' },
    });
  }
  const waitMs = Math.max(Math.ceil(retryAfterMs), 1);
  return new LimitRefusal(states, 'RATE_LIMIT_EXCEEDED', message, {
    retryAfterSeconds: Math.ceil(waitMs / 1000),
    headers: { ...headers, 'retry-after-ms': String(waitMs) },
  });
}

const LIMIT_WORDS: Readonly<
  Record<Exclude<LimitName, 'daily-budget' | 'monthly-budget'>, (limit: number) => string>
> = {
  requests: (limit) => `The limit of ${limit} requests in any 60 s`,
  reads: (limit) => `The limit of ${limit} reads in any 60 s`,
  tokens: (limit) => `The limit of ${limit} tokens in any 60 s`,
  concurrency: (limit) => `The limit of ${limit} calls at once`,
};

function when({ refused, retryAfterMs }: Refusal): string {
  const left = `${refused.remaining} left`;
  if (retryAfterMs === null) return `${left}, and this call alone is larger. Send a smaller one.`;
  return `${left}. Try again in ${Math.max(Math.ceil(retryAfterMs / 1000), 1)} s.`;
}

function budgetMessage({ refused, retryAfterMs }: Refusal, whose: string): string {
  const period = refused.name === 'daily-budget' ? 'day' : 'month';
  const minutes = Math.round((Date.now() + refused.resetMs) / 60_000);
  const resets = new Date(minutes * 60_000).toISOString().slice(0, 16);
  const left = `The budget of ${usd(refused.limit)} USD a ${period} of ${whose} has ${usd(refused.remaining)} USD left`;
  if (retryAfterMs === null) return `${left}, and this call may cost more than all of it.`;
  return `${left}, what is under way counted; this call may cost more. It resets at ${resets}Z.`;
}

/** Nano-USD as a decimal that loses nothing. */
export function usd(nanoUsd: number): string {
  const fraction = String(nanoUsd % 1e9)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const whole = String(Math.floor(nanoUsd / 1e9));
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
