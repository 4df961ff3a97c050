import { GatewayError } from '@app/errors';
import type { ReplayRow, ReplayState } from './replay.store.js';
import { IDEMPOTENCY_HEADER } from './asked.js';

export const otherRequest = (): GatewayError =>
  new GatewayError(
    'IDEMPOTENCY_KEY_MISMATCH',
    `This ${IDEMPOTENCY_HEADER} came with another method, path or body before; every byte counts.`,
    { param: IDEMPOTENCY_HEADER },
  );

export const stillUnderWay = ({ requestId }: ReplayRow): GatewayError =>
  new GatewayError(
    'IDEMPOTENCY_KEY_PROCESSING',
    `The first request with this ${IDEMPOTENCY_HEADER} (${requestId}) is still under way.`,
    { param: IDEMPOTENCY_HEADER, retryAfterSeconds: 2 },
  );

export type LostState = Exclude<ReplayState, 'processing' | 'done'> | 'gone';

/** Coming again changes nothing: whoever wants it done once more says so by another key. */
export const outcomeUnknown = (
  { requestId }: ReplayRow,
  state: LostState,
  cause?: unknown,
): GatewayError =>
  new GatewayError(
    'IDEMPOTENCY_OUTCOME_UNKNOWN',
    `The first request with this ${IDEMPOTENCY_HEADER} (${requestId}) ${WHY[state]} It is not sent again; use another key to have it done once more.`,
    { param: IDEMPOTENCY_HEADER, headers: { 'x-should-retry': 'false' }, cause },
  );

export const MAX_KEPT_BYTES = 16 * 1024 * 1024;

const WHY: Readonly<Record<LostState, string>> = {
  unknown: 'may have been done by the upstream, and its answer is lost.',
  'too-large': `was answered with more than ${MAX_KEPT_BYTES} bytes, which are not kept.`,
  unkept: 'was answered, but the answer could not be kept.',
  gone: 'was answered, but the answer that was kept cannot be read.',
};
