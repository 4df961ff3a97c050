import type { GatewayError } from '@app/errors';
import { LimitRefusal } from '@app/tenants';
import { refusedLimits } from './explained-limits.js';
import type { Explanation } from './explanation.js';

/** Of a call that was refused before it was sent; with how limits stood where one was in the way. Pure. */
export const explainedRefusal = (
  error: GatewayError,
): Pick<Explanation, 'refused'> & Partial<Pick<Explanation, 'limits'>> => {
  const { code, message, param } = error;
  return {
    refused: { code, message, param },
    ...(error instanceof LimitRefusal && { limits: refusedLimits(error.states) }),
  };
};
