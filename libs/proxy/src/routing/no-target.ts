import { GatewayError } from '@app/errors';
import type { Plan } from './plan-route.js';

/** What is told when every target of a call is skipped. */
export function noTarget({ candidates }: Plan): GatewayError {
  const untils = candidates.flatMap(({ untilMs }) => (untilMs === null ? [] : [untilMs]));
  const waitMs = untils.length > 0 ? Math.min(...untils) - Date.now() : null;
  const why = [...new Set(candidates.map(({ skip }) => skip))].filter(Boolean).join(' ');
  const message = `No target of this call can be asked. ${why}`;
  return new GatewayError('SERVICE_UNAVAILABLE', message, {
    ...(waitMs !== null && { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) }),
  });
}
