import { readMaxCost } from '@app/proxy';
import type { FastifyRequest } from 'fastify';

/**
 * USD, by the header `x-taskgate-max-cost`; null: there is none.
 * @throws GatewayError INVALID_REQUEST
 */
export const maxCostOf = ({ raw }: FastifyRequest): number | null => readMaxCost(raw.rawHeaders);

/** Of what the header and the body say the smaller; null: neither says anything. */
export function leastOf(header: number | null, field: number | null | undefined): number | null {
  if (header === null) return field ?? null;
  return field === null || field === undefined ? header : Math.min(header, field);
}
