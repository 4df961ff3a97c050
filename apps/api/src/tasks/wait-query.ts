import { GatewayError } from '@app/errors';
import { MAX_WAIT_SECONDS } from '../http/prefer.js';

/** The seconds of `?wait=N`; 0 when it was not sent. @throws GatewayError INVALID_REQUEST */
export function waitSeconds(wait: string | undefined): number {
  if (wait === undefined) return 0;
  // A parameter that is given twice arrives as a list, whatever its type says.
  const seconds = typeof wait === 'string' && /^\d{1,9}$/.test(wait) ? Number(wait) : -1;
  if (seconds >= 0 && seconds <= MAX_WAIT_SECONDS) return seconds;
  const message = `wait takes whole seconds from 0 to ${MAX_WAIT_SECONDS}, not "${wait}".`;
  throw new GatewayError('INVALID_REQUEST', message, { param: 'wait' });
}
