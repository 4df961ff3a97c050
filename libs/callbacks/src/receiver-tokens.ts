import type { ReceiverHealth } from './receiver.js';
import type { ReceiverLimits } from './receiver-limits.js';

type Bucket = Pick<ReceiverHealth, 'tokens' | 'tokensAt'>;
type Rate = Pick<ReceiverLimits, 'perSecond'>;

/** Looking again for a single token would be a turn for each attempt. */
const SOONEST_LOOK_MS = 100;

/** The bucket as time has filled it: one second's worth at most, but two, so that a retry can leave one. */
export function refilled({ tokens, tokensAt }: Bucket, { perSecond }: Rate, nowMs: number): Bucket {
  const elapsedMs = Math.max(nowMs - tokensAt, 0);
  const most = Math.max(perSecond, 2);
  return { tokens: Math.min(most, tokens + (elapsedMs / 1000) * perSecond), tokensAt: nowMs };
}

/** When the bucket holds so many, Unix milliseconds; some more may have come by then. */
export function tokensThereAt({ tokens, tokensAt }: Bucket, { perSecond }: Rate, wanted: number) {
  const waitMs = Math.ceil(((wanted - tokens) / perSecond) * 1000);
  return tokensAt + Math.max(waitMs, SOONEST_LOOK_MS);
}
