import { SCOPES } from '@app/tenants';
import { MAX_HOSTS } from '../callbacks/read-host-globs.js';
import { MAX_ENTRIES } from './policy-lists.js';
import { boolean, integer, list, object, oneOf, orNull, text } from '../http/api-answer.js';

const time = (description?: string) => ({ ...text(description), format: 'date-time' });

const perMinute = (description: string) =>
  ({ type: 'integer', minimum: 1, nullable: true, description }) as const;
const usd = (description: string) =>
  ({ type: 'number', minimum: 0, maximum: 9_000_000, nullable: true, description }) as const;
const entries = (example: readonly string[]) =>
  ({
    type: 'array',
    items: { type: 'string', maxLength: 256 },
    minItems: 1,
    maxItems: MAX_ENTRIES,
    nullable: true,
    example,
  }) as const;
const rules = (allow: readonly string[], deny: readonly string[], description: string) =>
  ({
    type: 'object',
    additionalProperties: false,
    properties: { allow: entries(allow), deny: entries(deny) },
    nullable: true,
    description,
  }) as const;

const KEY_FIELDS = {
  requestsPerMinute: perMinute(
    'calls in any 60 s, reads of the gateway’s own resources not counted',
  ),
  readsPerMinute: perMinute('reads of tasks, deliveries and usage in any 60 s'),
  tokensPerMinute: perMinute('tokens of the pass-through in any 60 s'),
  maxConcurrentRequests: perMinute('open calls of the pass-through at once'),
  dailyBudgetUsd: usd('USD a day in UTC; 0: nothing may be spent'),
  monthlyBudgetUsd: usd('USD a calendar month in UTC; 0: nothing may be spent'),
  models: rules(
    ['gpt-5*', 'flux-2-pro'],
    ['gpt-5-pro'],
    'names of models; what is denied is denied',
  ),
  endpoints: rules(
    ['/v1/chat/*', 'POST /v1/tasks'],
    ['/v1/files*'],
    'paths, with or without a method',
  ),
  maxTokens: perMinute('the most tokens that one call may ask to have generated'),
  clientNetworks: { ...entries(['203.0.113.0/24']), description: 'where calls may come from' },
} as const;

/** What a tenant or a plan may take. */
export const POLICY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...KEY_FIELDS,
    maxConcurrentTasks: perMinute('tasks at vendors at once'),
    maxQueuedTasks: perMinute('unfinished tasks'),
    weight: { type: 'number', minimum: 0.01, maximum: 1000, default: 1, nullable: true },
    callbackHosts: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      maxItems: MAX_HOSTS,
      nullable: true,
      example: ['your.app', '*.your.app'],
      description: 'the hosts that callbacks may go to; `*.your.app`: all hosts under it',
    },
  },
  description: 'what may be taken; what is absent is not limited',
} as const;

/** What a key may take of its tenant's. */
export const KEY_POLICY = {
  type: 'object',
  additionalProperties: false,
  properties: KEY_FIELDS,
  description: 'holds besides the policy of its tenant, with limits and budgets of its own',
} as const;

export const TENANT = object({
  id: text(),
  name: text(),
  plan: orNull(text()),
  policy: { ...POLICY, description: 'its own' },
  effectivePolicy: { ...POLICY, description: 'what is in force: its own before its plan’s' },
  createdAt: time(),
});
export const TENANTS = object({ tenants: list(TENANT) });

const planFields = {
  name: text(),
  policy: POLICY,
  tenants: integer('how many name it'),
  changedAt: time(),
};
export const PLAN = object(planFields);
export const PLANS = object({ plans: list(PLAN) });
export const REMOVED_PLAN = object({ name: text(), removed: boolean });

const keyFields = {
  id: text(),
  tenantId: text(),
  name: text(),
  prefix: text('how the key begins'),
  scopes: list(oneOf(...SCOPES)),
  policy: KEY_POLICY,
  createdAt: time(),
  expiresAt: orNull(time()),
  revokedAt: orNull(time()),
  replacedBy: orNull(text('the id of the key that a rotation put in its place')),
};
const key = text('shown once');

export const KEY = object(keyFields);
export const KEYS = object({ keys: list(KEY) });
export const ISSUED_KEY = object({ ...keyFields, key });
export const ROTATED_KEY = object({
  ...keyFields,
  key,
  previous: object({ id: text(), expiresAt: time('when the key before ends') }),
});
export const REVOKED_KEY = object({ id: text(), revoked: boolean });

const count = (description?: string) => orNull(integer(description));

export const AUDIT_PAGE = object({
  rows: list(
    object({
      time: time(),
      requestId: text(),
      tenant: text('its id'),
      keyPrefix: text(),
      method: text(),
      path: text('without the query'),
      model: orNull(text()),
      upstream: orNull(text()),
      status: integer(),
      errorCode: orNull(text()),
      latencyMs: integer(),
      ttfbMs: count('to the first byte of the answer'),
      tokensIn: count(),
      tokensOut: count(),
      tokensCached: count(),
      costUsd: orNull({ type: 'number' }),
      bytesIn: integer(),
      bytesOut: integer(),
      stream: boolean,
      clientIp: text(),
    }),
  ),
  nextCursor: orNull(text()),
});
