import { GatewayError } from '@app/errors';
import { headerPairs, type RawHeaders } from './raw-headers.js';
import { DELIVERIES, type Delivery } from './routing/route.js';

/** What a caller asks of the gateway for one call, besides what its route says. Never sent on. */
export interface CallOptions {
  /** `x-taskgate-delivery`; null: the route's. */
  readonly delivery: Delivery | null;
  /** `x-taskgate-keep-alive`, milliseconds, 0 for none; null: the route's. */
  readonly keepAliveMs: number | null;
}

const DELIVERY = 'x-taskgate-delivery';
const KEEP_ALIVE = 'x-taskgate-keep-alive';

/** @throws GatewayError INVALID_REQUEST naming the header */
export function readCallOptions(headers: RawHeaders): CallOptions {
  const delivery = onlyValue(headers, DELIVERY);
  const keepAlive = onlyValue(headers, KEEP_ALIVE);
  const known = DELIVERIES.find((name) => name === delivery);
  if (delivery !== null && !known) throw refusal(DELIVERY, `takes ${DELIVERIES.join(' or ')}`);
  return { delivery: known ?? null, keepAliveMs: keepAlive === null ? null : readMs(keepAlive) };
}

function readMs(text: string): number {
  if (text === 'off') return 0;
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MOST_SECONDS) return seconds * 1000;
  throw refusal(KEEP_ALIVE, `takes off, or whole seconds from 1 to ${MOST_SECONDS}`);
}

const MOST_SECONDS = 300;

/** Null: it is not there. */
function onlyValue(headers: RawHeaders, wanted: string): string | null {
  const given = [...headerPairs(headers)].filter(([name]) => name.toLowerCase() === wanted);
  if (given.length > 1) throw refusal(wanted, 'stands twice; it is taken once');
  return given[0]?.[1].trim().toLowerCase() ?? null;
}

const refusal = (header: string, says: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${header} ${says}.`, { param: header });
