import {
  type CallbackEvent,
  type DeliveryFilter,
  type DeliveryState,
  originOf,
  REDELIVERABLE_EVENTS,
} from '@app/callbacks';
import { GatewayError } from '@app/errors';
import { fieldRefusal, refuseOtherFields, shown } from '../http/field-refusal.js';
import { readTime } from '../http/read-time.js';

export const DELIVERY_STATES = [
  'pending',
  'delivered',
  'dead',
  'skipped',
] as const satisfies readonly DeliveryState[];

export const CALLBACK_EVENTS = [
  'task.handling',
  'task.archiving',
  ...REDELIVERABLE_EVENTS,
] as const satisfies readonly CallbackEvent[];

/** What may be sent again: what never was (`skipped`) is outdated. */
export const REDELIVERABLE_STATES = [
  'pending',
  'delivered',
  'dead',
] as const satisfies readonly DeliveryState[];

/** The filters of a tenant; operators have `tenant` too. */
export const TENANT_FILTERS = ['state', 'event', 'origin', 'from', 'to'] as const;
export const ADMIN_FILTERS = ['tenant', ...TENANT_FILTERS] as const;

type Name = (typeof ADMIN_FILTERS)[number];
type Given = ReadonlyMap<string, unknown>;

export const MOST_REDELIVERED = 10_000;

/** Which deliveries, and how much of them. */
export interface DeliveryQuery {
  readonly filter: DeliveryFilter;
  readonly limit: number;
  /** As it came. */
  readonly cursor: string | undefined;
}

export interface RedeliveryRequest {
  readonly filter: DeliveryFilter;
  readonly limit: number;
  /** Only count. */
  readonly dryRun: boolean;
}

/** @throws GatewayError INVALID_REQUEST naming the parameter and what it takes */
export function readDeliveryQuery(query: object, filters: readonly Name[]): DeliveryQuery {
  const given = new Map<string, unknown>(Object.entries(query));
  refuseOtherFields(given, [...filters, 'limit', 'cursor']);
  for (const [name, value] of given) {
    if (typeof value !== 'string') throw fieldRefusal(name, 'is taken once');
  }
  const cursor = given.get('cursor');
  return {
    filter: readFilter(given, { states: DELIVERY_STATES, events: CALLBACK_EVENTS }),
    limit: readLimit(digits(given.get('limit')) ?? 20, 100),
    cursor: typeof cursor === 'string' ? cursor : undefined,
  };
}

/**
 * A body that names deliveries to send again. It must narrow them down: a slip must not send everything.
 * @throws GatewayError INVALID_REQUEST naming the field and what it takes
 */
export function readRedelivery(body: object, filters: readonly Name[]): RedeliveryRequest {
  const given = new Map<string, unknown>(Object.entries(body));
  refuseOtherFields(given, [...filters, 'limit', 'dryRun']);
  if (!filters.some((name) => given.has(name))) {
    const message = `Say which deliveries: the body takes at least one of ${filters.join(', ')}.`;
    throw new GatewayError('INVALID_REQUEST', message);
  }
  const dryRun = given.get('dryRun') ?? false;
  if (typeof dryRun !== 'boolean')
    throw fieldRefusal('dryRun', `takes true or false, not ${shown(dryRun)}`);
  return {
    filter: readFilter(given, { states: REDELIVERABLE_STATES, events: REDELIVERABLE_EVENTS }),
    limit: readLimit(given.get('limit') ?? MOST_REDELIVERED, MOST_REDELIVERED),
    dryRun,
  };
}

/**
 * Scheme, host and port, as deliveries have them.
 * @throws GatewayError INVALID_REQUEST naming the field
 */
export function readOrigin(value: unknown, name: string): string {
  const url = typeof value === 'string' && value.length <= MAX_ORIGIN ? URL.parse(value) : null;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url && isWeb && url.href === `${url.origin}/`) return originOf(url.href);
  const says = 'takes scheme, host and port of a callback URL, like https://your.app';
  throw fieldRefusal(name, `${says}, not ${shown(value)}`);
}

const MAX_ORIGIN = 2048;

interface Taken {
  readonly states: readonly DeliveryState[];
  readonly events: readonly CallbackEvent[];
}

function readFilter(given: Given, { states, events }: Taken): DeliveryFilter {
  const tenantId = ifGiven(given, 'tenant', readTenantId);
  const state = ifGiven(given, 'state', (value, name) => readOneOf(value, name, states));
  const event = ifGiven(given, 'event', (value, name) => readOneOf(value, name, events));
  const origin = ifGiven(given, 'origin', readOrigin);
  const from = ifGiven(given, 'from', readTime);
  const to = ifGiven(given, 'to', readTime);
  if (from && to && from >= to) throw fieldRefusal('to', 'takes a time after from');
  return {
    ...(tenantId !== undefined && { tenantId }),
    ...(state && { state }),
    ...(event && { event }),
    ...(origin && { origin }),
    ...(from && { from }),
    ...(to && { to }),
  };
}

function ifGiven<T>(
  given: Given,
  name: Name,
  read: (value: unknown, name: string) => T,
): T | undefined {
  return given.has(name) ? read(given.get(name), name) : undefined;
}

function readOneOf<T extends string>(value: unknown, name: string, taken: readonly T[]): T {
  const found = taken.find((one) => one === value);
  if (found) return found;
  throw fieldRefusal(name, `takes ${taken.join(', ')}, not ${shown(value)}`);
}

/** @throws GatewayError INVALID_REQUEST naming the field */
export function readTenantId(value: unknown, name: string): string {
  if (typeof value === 'string' && /^[\w-]{1,100}$/.test(value)) return value;
  throw fieldRefusal(name, `takes the id of a tenant, not ${shown(value)}`);
}

function readLimit(value: unknown, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most)
    return value;
  throw fieldRefusal('limit', `takes a whole number from 1 to ${most}, not ${shown(value)}`);
}

/** A number that stands in a query; anything else as it is. */
const digits = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
