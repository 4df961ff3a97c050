import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { AUDIT_FILTERS } from './audit-query.js';

const FILTERS: Readonly<Record<(typeof AUDIT_FILTERS)[number], object>> = {
  tenant: { description: 'a tenant’s id' },
  from: { example: '2026-11-01T00:00:00Z', description: 'RFC 3339, or Unix seconds' },
  to: { description: 'exclusive' },
  status: { example: '5xx', description: 'a status, or a class of them' },
  model: { description: 'as the request named it' },
  requestId: { description: 'the answer’s `x-taskgate-request-id`' },
  keyPrefix: { description: 'how the key begins' },
};

/** Documents the filters of the audit. */
export const ApiAuditFilters = () =>
  applyDecorators(
    ...Object.entries(FILTERS).map(([name, more]) => ApiQuery({ name, required: false, ...more })),
  );
