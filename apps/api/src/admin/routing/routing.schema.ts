import {
  DEFAULT_CLOCKS,
  DEFAULT_KEEP_ALIVE_MS,
  DEFAULT_RETRIES,
  DELIVERIES,
  ROUTE_LIMITS,
} from '@app/proxy';
import {
  boolean,
  integer,
  list,
  number,
  object,
  oneOf,
  orNull,
  text,
} from '../../http/api-answer.js';

const strict = (properties: Parameters<typeof object>[0], ...required: readonly string[]) => ({
  ...object(properties, {
    optional: Object.keys(properties).filter((name) => !required.includes(name)),
  }),
  additionalProperties: false,
});

const weight = (description: string) => ({ ...number, minimum: 0.01, maximum: 1000, description });

const UPSTREAM_FIELDS = {
  name: text('1 to 64 of a-z, 0-9, ".", "_" and "-"'),
  baseUrl: text('http or https: where /v1 of the gateway leads'),
  weight: {
    ...weight('its share among targets of equal order that name no weight of their own'),
    default: 1,
  },
  injectUsage: {
    ...boolean,
    default: true,
    description: 'whether streams are asked for their usage where the caller did not ask',
  },
};

export const NEW_UPSTREAM = strict(
  {
    ...UPSTREAM_FIELDS,
    secret: {
      ...text(
        'a key or several, comma separated; never shown again. Absent: as it was. Null: calls carry none',
      ),
      nullable: true,
      writeOnly: true,
    },
  },
  'name',
  'baseUrl',
);

const account = object({
  id: text('upstream and a digest of the key; `name:none` where calls carry none'),
  requestsInFlight: integer('in the process that answers'),
  restsUntil: orNull(integer('Unix seconds; it met a 401 or 429')),
});

const breaker = object({
  model: orNull(text('as this upstream names it; null: calls that name none')),
  state: oneOf('closed', 'half-open', 'open'),
  openUntil: orNull(integer('Unix seconds')),
});

export const UPSTREAM = object({
  ...UPSTREAM_FIELDS,
  source: oneOf('environment', 'stored'),
  hasSecret: boolean,
  trouble: orNull(text('why it cannot be used')),
  accounts: list(account),
  breakers: {
    ...list(breaker),
    description: 'of models that failed lately, in the process that answers',
  },
  createdAt: orNull(integer('Unix seconds')),
  changedAt: orNull(integer('Unix seconds')),
});

export const UPSTREAMS = object({
  upstreams: list(UPSTREAM),
  unreadable: list(object({ name: text(), why: text() })),
});

export const REMOVED_UPSTREAM = object({
  name: text(),
  removed: boolean,
  routes: list(text('a model whose route names it, and skips it from now on')),
});

const clock = (name: keyof typeof DEFAULT_CLOCKS, description: string) => ({
  ...integer(`milliseconds; ${description}`),
  minimum: 1,
  maximum: ROUTE_LIMITS.clockMs,
  default: DEFAULT_CLOCKS[name],
});

const TIMEOUTS = {
  connectMs: clock('connectMs', 'until the connection stands, TLS included'),
  headersMs: clock('headersMs', 'from there until the answer’s head is complete'),
  firstTokenMs: clock('firstTokenMs', 'from the head until the first event of a stream'),
  idleMs: clock('idleMs', 'the longest silence between two pieces of the answer'),
  totalMs: clock('totalMs', 'the whole call, all attempts together'),
};

const TARGET = {
  upstream: text('the name of an upstream'),
  model: orNull(text('what the model is called there; null: as the caller names it')),
  weight: {
    ...weight('its share among targets of equal order; null: its upstream’s'),
    nullable: true,
  },
  order: {
    ...integer(
      'lower ones first, equal ones share. All targets name it or none: then they are tried as listed, or share where one has a weight',
    ),
    minimum: 0,
    maximum: ROUTE_LIMITS.order,
  },
};

const ROUTE_FIELDS = {
  targets: {
    ...list(strict(TARGET, 'upstream')),
    minItems: 1,
    maxItems: ROUTE_LIMITS.targets,
  },
  retries: {
    ...integer('how often a call may be sent once more, wherever'),
    minimum: 0,
    maximum: ROUTE_LIMITS.retries,
    default: DEFAULT_RETRIES,
  },
  timeouts: strict(TIMEOUTS),
  delivery: { ...oneOf(...DELIVERIES), default: 'live' },
  keepAliveMs: {
    ...integer(
      `a comment after so much silence towards the caller of a stream; 0: none, else ${ROUTE_LIMITS.minKeepAliveMs} at least`,
    ),
    minimum: 0,
    maximum: ROUTE_LIMITS.clockMs,
    default: DEFAULT_KEEP_ALIVE_MS,
  },
};

export const NEW_ROUTE = strict(ROUTE_FIELDS, 'targets');

export const ROUTE = object({
  model: text('a name, or a glob'),
  ...ROUTE_FIELDS,
  targets: list(object(TARGET)),
  timeouts: object(TIMEOUTS),
  missingUpstreams: list(text('a target’s upstream that there is not: it is skipped')),
  changedAt: integer('Unix seconds'),
});

export const ROUTES = object({
  routes: list(ROUTE),
  unreadable: list(object({ model: text(), why: text() })),
});

export const REMOVED_ROUTE = object({ model: text(), removed: boolean });
