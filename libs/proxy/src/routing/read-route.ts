import {
  fieldsOf,
  type GivenFields,
  modelNameOf,
  type OtherFields,
  refuseField,
  shown,
  weightOf,
  wholeOf,
} from './given-fields.js';
import {
  type Clocks,
  DEFAULT_CLOCKS,
  DEFAULT_KEEP_ALIVE_MS,
  DEFAULT_RETRIES,
  DELIVERIES,
  type Delivery,
  type Route,
  type RouteTarget,
} from './route.js';

/**
 * A route out of its model and what an operator says of it (or a row does); all but `targets` has a default.
 * Whether the upstreams of its targets exist is not asked here.
 * @throws GatewayError INVALID_REQUEST naming the field and what it takes
 */
export function readRoute(
  model: string,
  body: unknown,
  { others }: { readonly others: OtherFields },
): Route {
  const given = fieldsOf(body, { prefix: '', taken: ROUTE_FIELDS, others });
  const retries = given.get('retries') ?? DEFAULT_RETRIES;
  return {
    model: modelNameOf(model, 'model', 'the name of a model, or a glob (gpt-5*)'),
    targets: readTargets(given.get('targets'), others),
    retries: wholeOf(retries, 'retries', [0, ROUTE_LIMITS.retries]),
    timeouts: readClocks(given.get('timeouts') ?? {}, others),
    delivery: readDelivery(given.get('delivery') ?? 'live'),
    keepAliveMs: readKeepAlive(given.get('keepAliveMs') ?? DEFAULT_KEEP_ALIVE_MS),
  };
}

function readTargets(value: unknown, others: OtherFields): readonly RouteTarget[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > ROUTE_LIMITS.targets) {
    const takes = `takes a list of 1 to ${ROUTE_LIMITS.targets} objects {upstream, model?, weight?, order?}`;
    throw refuseField('targets', `${takes}, not ${shown(value)}`);
  }
  const items: readonly unknown[] = value;
  const given = items.map((item, at) =>
    fieldsOf(item, { prefix: `targets[${at}].`, taken: TARGET_FIELDS, others }),
  );
  const orders = ordersOf(given);
  return given.map((fields, at) => readTarget(fields, `targets[${at}].`, orders[at] ?? 0));
}

function readTarget(fields: GivenFields, prefix: string, order: number): RouteTarget {
  const upstream = fields.get('upstream');
  const model = fields.get('model') ?? null;
  const weight = fields.get('weight') ?? null;
  if (typeof upstream !== 'string' || upstream === '') {
    throw refuseField(`${prefix}upstream`, `takes the name of an upstream, not ${shown(upstream)}`);
  }
  return {
    upstream,
    model: model === null ? null : readTargetModel(model, `${prefix}model`),
    weight: weight === null ? null : weightOf(weight, `${prefix}weight`),
    order,
  };
}

function readTargetModel(value: unknown, path: string): string {
  const model = modelNameOf(value, path, 'the name of the model at this upstream');
  if (!model.includes('*')) return model;
  throw refuseField(path, `takes one model and no glob, not ${shown(value)}`);
}

/**
 * All targets name their order, or none does. Where none does, they are tried as they are listed; or, if
 * one of them has a weight, that says that they share.
 */
function ordersOf(targets: readonly GivenFields[]): readonly number[] {
  const has = (name: string) => (fields: GivenFields) => (fields.get(name) ?? null) !== null;
  if (!targets.some(has('order'))) {
    return targets.some(has('weight')) ? targets.map(() => 0) : targets.map((_, at) => at);
  }
  return targets.map((fields, at) => {
    const path = `targets[${at}].order`;
    if (has('order')(fields)) return wholeOf(fields.get('order'), path, [0, ROUTE_LIMITS.order]);
    throw refuseField(path, 'is missing: either every target names its order, or none does');
  });
}

function readClocks(value: unknown, others: OtherFields): Clocks {
  const given = fieldsOf(value, { prefix: 'timeouts.', taken: CLOCKS, others });
  const clock = (name: keyof Clocks): number =>
    wholeOf(given.get(name) ?? DEFAULT_CLOCKS[name], `timeouts.${name}`, [1, ROUTE_LIMITS.clockMs]);
  return {
    connectMs: clock('connectMs'),
    headersMs: clock('headersMs'),
    firstTokenMs: clock('firstTokenMs'),
    idleMs: clock('idleMs'),
    totalMs: clock('totalMs'),
  };
}

function readDelivery(value: unknown): Delivery {
  const delivery = DELIVERIES.find((one) => one === value);
  if (delivery) return delivery;
  throw refuseField('delivery', `takes ${DELIVERIES.join(' or ')}, not ${shown(value)}`);
}

function readKeepAlive(value: unknown): number {
  if (value === 0) return 0;
  if (typeof value === 'number' && value < ROUTE_LIMITS.minKeepAliveMs) {
    const takes = `takes 0 (no comments) or at least ${ROUTE_LIMITS.minKeepAliveMs}`;
    throw refuseField('keepAliveMs', `${takes}, not ${shown(value)}`);
  }
  return wholeOf(value, 'keepAliveMs', [0, ROUTE_LIMITS.clockMs]);
}

const CLOCKS = [
  'connectMs',
  'headersMs',
  'firstTokenMs',
  'idleMs',
  'totalMs',
] as const satisfies readonly (keyof Clocks)[];

const ROUTE_FIELDS = ['targets', 'retries', 'timeouts', 'delivery', 'keepAliveMs'] as const;
const TARGET_FIELDS = ['upstream', 'model', 'weight', 'order'] as const;

/** What a route may say at most, and how often comments may come at least. */
export const ROUTE_LIMITS = {
  targets: 16,
  retries: 10,
  order: 1_000,
  /** A day. */
  clockMs: 86_400_000,
  /** Comments more often than that would be a stream of their own. */
  minKeepAliveMs: 100,
} as const;
