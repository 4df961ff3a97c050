import { applyDecorators } from '@nestjs/common';
import { ApiQuery, type ApiQueryOptions } from '@nestjs/swagger';
import { STATUSES } from './task-query.js';

const PAGING = {
  page: { name: 'page', required: false, example: 1 },
  size: { name: 'size', required: false, example: 10, description: '1 to 100' },
  cursor: { name: 'cursor', required: false, description: '`nextCursor` of the page before' },
  limit: { name: 'limit', required: false, description: '1 to 100, default 10' },
  tenant: { name: 'tenant', required: false, description: 'a tenant’s id' },
} as const satisfies Record<string, ApiQueryOptions>;

const TIME = 'Unix seconds, or a time like 2026-11-01T00:00:00Z; exclusive';

const FILTERS: readonly ApiQueryOptions[] = [
  { name: 'status', required: false, enum: STATUSES },
  { name: 'model', required: false, description: 'id or alias' },
  { name: 'createdAfter', required: false, description: TIME },
  { name: 'createdBefore', required: false, description: TIME },
  {
    name: 'metadata.KEY',
    required: false,
    description: '`metadata.order=4711`: tasks with this pair; several must all be there',
  },
];

/** Documents the filters that every list of tasks takes, and these ways to page. */
export const ApiTaskFilters = (...paging: readonly (keyof typeof PAGING)[]) =>
  applyDecorators(
    ...paging.map((name) => ApiQuery(PAGING[name])),
    ...FILTERS.map((filter) => ApiQuery(filter)),
  );
