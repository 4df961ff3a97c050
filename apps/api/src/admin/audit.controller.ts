import { type AuditQuery, PostgresAuditStore } from '@app/database';
import { GatewayError } from '@app/errors';
import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { AUDIT_PAGE } from './admin.schema.js';

const FILTERS = [
  'tenant',
  'from',
  'to',
  'status',
  'model',
  'requestId',
  'cursor',
  'limit',
] as const;
type Filters = Readonly<Partial<Record<(typeof FILTERS)[number], string>>>;

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/audit')
@UseGuards(AdminGuard)
export class AuditController {
  constructor(private readonly store: PostgresAuditStore) {}

  @Get()
  @ApiOperation({ summary: 'One row for each authenticated request, newest first' })
  @ApiAnswer(AUDIT_PAGE)
  @ApiQuery({ name: 'tenant', required: false, description: 'a tenant’s id' })
  @ApiQuery({ name: 'from', required: false, example: '2026-11-01T00:00:00Z' })
  @ApiQuery({ name: 'to', required: false })
  @ApiQuery({ name: 'status', required: false })
  @ApiQuery({ name: 'model', required: false })
  @ApiQuery({ name: 'requestId', required: false })
  @ApiQuery({ name: 'cursor', required: false, description: '`nextCursor` of the page before' })
  @ApiQuery({ name: 'limit', required: false, description: '1 to 1000, default 100' })
  async list(@Query() filters: Filters) {
    return answer(await this.store.list(toQuery(filters)));
  }
}

function toQuery(filters: Filters): AuditQuery {
  for (const name of Object.keys(filters)) {
    if (!FILTERS.some((known) => known === name))
      throw refuse(name, `is no filter; taken are ${FILTERS.join(', ')}`);
  }
  for (const [name, value] of Object.entries(filters)) {
    // A filter that is given twice arrives as a list, whatever its type says.
    if (typeof value !== 'string') throw refuse(name, 'is taken once');
  }
  const { tenant, model, requestId } = filters;
  return {
    tenant,
    model,
    requestId,
    status: wholeNumber(filters, 'status', 100, 599),
    limit: wholeNumber(filters, 'limit', 1, 1000) ?? 100,
    cursor: cursorOf(filters.cursor),
    from: time(filters, 'from'),
    to: time(filters, 'to'),
  };
}

function wholeNumber(
  filters: Filters,
  name: 'status' | 'limit',
  min: number,
  max: number,
): number | undefined {
  const text = filters[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw refuse(name, `takes a whole number from ${min} to ${max}`);
}

function time(filters: Filters, name: 'from' | 'to'): Date | undefined {
  const text = filters[name];
  if (text === undefined) return undefined;
  const value = new Date(text);
  if (!Number.isNaN(value.getTime())) return value;
  throw refuse(name, 'takes a time like 2026-11-01T00:00:00Z');
}

function cursorOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw refuse('cursor', 'takes the nextCursor of the page before');
}

const refuse = (name: string, takes: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${name} ${takes}.`, { param: name });
