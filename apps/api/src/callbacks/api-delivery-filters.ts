import { applyDecorators } from '@nestjs/common';
import { ApiQuery, type ApiQueryOptions } from '@nestjs/swagger';
import type { Schema } from '../http/api-answer.js';
import {
  type ADMIN_FILTERS,
  CALLBACK_EVENTS,
  DELIVERY_STATES,
  MOST_REDELIVERED,
  REDELIVERABLE_STATES,
} from './delivery-filter.js';
import { REDELIVERABLE_EVENTS } from '@app/callbacks';

type Name = (typeof ADMIN_FILTERS)[number];

const ORIGIN = 'scheme, host and port of the callback URL';
const TIME = 'Unix seconds, or a time like 2026-11-01T00:00:00Z';

const QUERY: Readonly<Record<Name, ApiQueryOptions>> = {
  tenant: { name: 'tenant', required: false, description: 'a tenant’s id' },
  state: { name: 'state', required: false, enum: DELIVERY_STATES },
  event: { name: 'event', required: false, enum: CALLBACK_EVENTS },
  origin: { name: 'origin', required: false, example: 'https://your.app', description: ORIGIN },
  from: { name: 'from', required: false, description: `made then or later; ${TIME}` },
  to: { name: 'to', required: false, description: `made before; ${TIME}` },
};

/** Documents the filters and the paging of a list of deliveries. */
export const ApiDeliveryFilters = (...names: readonly Name[]) =>
  applyDecorators(
    ...names.map((name) => ApiQuery(QUERY[name])),
    ApiQuery({ name: 'cursor', required: false, description: '`nextCursor` of the page before' }),
    ApiQuery({ name: 'limit', required: false, description: '1 to 100, default 20' }),
  );

const time = (description: string): Schema => ({
  oneOf: [{ type: 'integer' }, { type: 'string', format: 'date-time' }],
  description: `${description}; ${TIME}`,
});

const FIELDS: Readonly<Record<Name, Schema>> = {
  tenant: { type: 'string', description: 'a tenant’s id' },
  state: { type: 'string', enum: [...REDELIVERABLE_STATES] },
  event: { type: 'string', enum: [...REDELIVERABLE_EVENTS] },
  origin: { type: 'string', example: 'https://your.app', description: ORIGIN },
  from: time('made then or later'),
  to: time('made before'),
};

/** The body of a redelivery by filter. */
export const redeliveryBody = (names: readonly Name[]) =>
  ({
    type: 'object',
    additionalProperties: false,
    description: `at least one of ${names.join(', ')}`,
    properties: {
      ...Object.fromEntries(names.map((name) => [name, FIELDS[name]])),
      limit: { type: 'integer', minimum: 1, maximum: MOST_REDELIVERED, default: MOST_REDELIVERED },
      dryRun: { type: 'boolean', default: false, description: 'only count' },
    },
    example: { state: 'dead', from: '2026-11-01T00:00:00Z', dryRun: true },
  }) as const;
