import { ADMIN_ROLES, SCOPES } from '@app/tenants';
import { MAX_HOSTS } from '../callbacks/read-host-globs.js';
import { boolean, integer, list, map, object, oneOf, orNull, text } from '../http/api-answer.js';

const time = (description?: string) => ({ ...text(description), format: 'date-time' });

/** What a tenant may take of the engine. */
export const POLICY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    weight: { type: 'number', minimum: 0.01, maximum: 1000, default: 1 },
    maxConcurrentTasks: { type: 'integer', minimum: 1, nullable: true },
    maxQueuedTasks: { type: 'integer', minimum: 1, nullable: true },
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
  description: 'what the tenant may take of the engine; what is absent is not limited',
} as const;

export const TENANT = object({ id: text(), name: text(), policy: POLICY, createdAt: time() });
export const TENANTS = object({ tenants: list(TENANT) });

const scopes = list(oneOf(...SCOPES));
const prefix = text('how the key begins');
const expiresAt = orNull(time());

export const ISSUED_KEY = object({
  id: text(),
  key: text('shown once'),
  prefix,
  scopes,
  expiresAt,
});
export const KEYS = object({
  keys: list(
    object({
      id: text(),
      tenantId: text(),
      name: text(),
      prefix,
      scopes,
      createdAt: time(),
      expiresAt,
      revokedAt: orNull(time()),
    }),
  ),
});
export const REVOKED_KEY = object({ id: text(), revoked: boolean });

const role = oneOf(...ADMIN_ROLES);
export const ISSUED_ADMIN = object({
  id: text(),
  name: text(),
  role,
  token: text('shown once'),
  prefix: text('how the token begins'),
  expiresAt,
});
export const ADMINS = object({
  admins: list(
    object({
      id: text(),
      name: text(),
      role,
      prefix: text('how the token begins'),
      createdBy: text('the name of who made it'),
      createdAt: time(),
      expiresAt,
      revokedAt: orNull(time()),
    }),
  ),
});
export const ADMIN_ACTION_PAGE = object({
  limit: integer(),
  nextCursor: orNull(text()),
  actions: list(
    object({
      seq: integer('1 for the first row, each one more than the one before'),
      at: time(),
      actor: text('the admin’s name; `ADMIN_TOKEN` for whoever has that'),
      role,
      method: text(),
      path: text('without the query'),
      requestId: text(),
      kind: oneOf('intent', 'outcome'),
      status: orNull(integer('HTTP status of an outcome')),
      details: map(true),
      prevHash: text('hex'),
      hash: text('hex; what over is in docs/operations.md'),
    }),
  ),
});

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
