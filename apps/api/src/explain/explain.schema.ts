import { DELIVERIES, type Explanation } from '@app/proxy';
import {
  boolean,
  integer,
  list,
  number,
  object,
  oneOf,
  orNull,
  text,
  type Schema,
} from '../http/api-answer.js';

const count = (description?: string) => orNull(integer(description));
const usd = (description?: string) => orNull(text(description));

const LIMITS_LEFT = list(
  object({
    name: text('requests, tokens, concurrency, daily-budget or monthly-budget'),
    limit: integer('of budgets in nano-USD, as is the next'),
    remaining: integer(),
  }),
);

export const LIMITS = orNull(object({ before: LIMITS_LEFT, after: LIMITS_LEFT }));

export const ERROR_TOLD = {
  code: text('an error_code'),
  message: text(),
  param: orNull(text()),
} as const;

export const CLOCKS = object({
  connectMs: integer(),
  headersMs: integer(),
  firstTokenMs: integer(),
  idleMs: integer(),
  totalMs: integer(),
});

const DECISIONS = {
  route: orNull(text('the pattern that was taken; null: none is configured for the model')),
  delivery: orNull(oneOf(...DELIVERIES)),
  clocks: orNull(CLOCKS),
  retries: orNull(object({ allowed: integer(), used: integer() })),
  candidates: list(
    object({
      upstream: text(),
      model: orNull(text('as it is called there')),
      state: oneOf('asked', 'skipped', 'spare'),
      why: orNull(text('of those that were skipped')),
    }),
  ),
  attempts: list(
    object({
      upstream: text(),
      model: orNull(text()),
      account: text('names the key of the upstream'),
      startedMs: integer('since the call began, as are the next'),
      connectedMs: count(),
      headMs: count(),
      firstTokenMs: count(),
      endedMs: integer(),
      status: count('of the answer; null: none came'),
      outcome: text('`answered`, or the name of the fault'),
      followedBy: text('a sentence'),
      mayHaveRun: boolean,
    }),
  ),
  refused: orNull(object(ERROR_TOLD)),
  replayed: boolean,
  limits: LIMITS,
  price: orNull(
    object({
      version: text('of the prices'),
      lines: list(
        object({
          unit: text('e.g. text-in-token; `bound`: what leads to the most it may be charged'),
          units: integer(),
          usdPerUnit: usd(),
          usd: usd('rounded down to nine digits'),
        }),
      ),
      usd: usd('the sum of the lines; null: the price is unknown'),
      source: oneOf('provider', 'estimated', 'none'),
    }),
  ),
} as const satisfies Record<keyof Explanation, Schema>;

export const EXPLAINED_CALL = object({
  requestId: text(),
  time: { ...text(), format: 'date-time' },
  keyPrefix: text(),
  method: text(),
  path: text('without the query'),
  model: orNull(text()),
  upstream: orNull(text()),
  status: integer('of the answer; 499: you left'),
  errorCode: orNull(text()),
  latencyMs: integer(),
  ttfbMs: count('to the first byte of the answer'),
  tokensIn: count(),
  tokensOut: count(),
  tokensCached: count(),
  costUsd: orNull(number),
  bytesIn: integer(),
  bytesOut: integer(),
  stream: boolean,
  ...DECISIONS,
});
