import { applyDecorators } from '@nestjs/common';
import { ApiProduces, ApiQuery } from '@nestjs/swagger';
import type { UsageGroup } from '@app/tenants';
import { ApiAnswer } from '../http/api-answer.js';
import { USAGE_FORMATS } from './usage-query.js';
import { usageReport } from './usage.schema.js';

/** Documents a report of usage by some of these groups. */
export const ApiUsage = (groups: readonly UsageGroup[]) =>
  applyDecorators(
    ApiAnswer(usageReport(groups)),
    ApiProduces('application/json', 'application/x-ndjson', 'text/csv'),
    ApiQuery({
      name: 'from',
      required: false,
      example: '2026-11-01T00:00:00Z',
      description: 'a whole hour or a day, default 30 days before `to`',
    }),
    ApiQuery({
      name: 'to',
      required: false,
      description: 'exclusive, default the end of this hour',
    }),
    ApiQuery({
      name: 'groupBy',
      required: false,
      example: 'day,model',
      description: `some of ${groups.join(', ')}; default day`,
    }),
    ApiQuery({ name: 'model', required: false }),
    ApiQuery({ name: 'provider', required: false }),
    ApiQuery({ name: 'format', required: false, enum: USAGE_FORMATS }),
  );
