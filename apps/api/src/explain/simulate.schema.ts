import { DELIVERIES, type Simulation } from '@app/proxy';
import {
  boolean,
  integer,
  list,
  map,
  object,
  oneOf,
  orNull,
  text,
  type Schema,
} from '../http/api-answer.js';
import { PASSED_METHODS } from '../pass-through/passed-methods.js';
import { CLOCKS, ERROR_TOLD, LIMITS } from './explain.schema.js';

export const IMAGINED_CALL = object(
  {
    method: { ...oneOf(...PASSED_METHODS), default: 'POST' },
    path: text('below /v1/, perhaps with a query'),
    headers: map({ oneOf: [text(), list(text())] }),
    body: { description: 'as JSON; written without white space' },
    bodyText: text('in place of `body`: the very bytes, in UTF-8'),
  },
  { optional: ['method', 'headers', 'body', 'bodyText'] },
);

const FOUND = {
  refused: orNull(
    object({ status: integer('the HTTP status that it would be answered'), ...ERROR_TOLD }),
  ),
  model: orNull(text('as the body names it')),
  plan: orNull(
    object({
      route: orNull(text('the pattern that would be taken; null: none is configured')),
      candidates: list(
        object({
          upstream: text(),
          model: orNull(text('as it would be called there')),
          skip: orNull(text('why it would not be asked')),
          rewrites: object({ model: boolean, usageAsked: boolean }),
        }),
      ),
      retries: integer('attempts after the first that it may have'),
      clocks: CLOCKS,
      delivery: oneOf(...DELIVERIES),
      keepAliveMs: integer(),
      pinned: orNull(text('the upstream where objects live that it names')),
    }),
  ),
  looksUpReplay: { ...boolean, description: 'it has an Idempotency-Key' },
  cost: orNull(
    object({
      tokens: orNull(integer('in and out, at most')),
      tokensOut: orNull(integer()),
      mostUsd: orNull(text()),
      unknown: orNull(text('why the others are null')),
    }),
  ),
  limits: LIMITS,
} as const satisfies Record<keyof Simulation, Schema>;

export const SIMULATED_CALL = object({
  servedBy: {
    ...oneOf('upstream', 'gateway'),
    description: '`gateway`: nothing else is said of it; POST /v1/tasks/quote does of tasks',
  },
  ...FOUND,
});
