import { PostgresAuditStore } from '@app/database';
import type { AuditRow } from '@app/tenants';
import { Controller, Get, Query, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AdminAdmission } from '../http/admin-admission.js';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { oneOfGiven, readReportQuery } from '../reports/report-query.js';
import { sendTable } from '../reports/send-table.js';
import { TABLE_FORMATS } from '../reports/table-text.js';
import { AUDIT_PAGE } from './admin.schema.js';
import { ApiAuditFilters } from './api-audit-filters.js';
import {
  AUDIT_FILTERS,
  auditFilterOf,
  cursorAfterRow,
  pageLimitOf,
  rowOfCursor,
} from './audit-query.js';

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/audit')
@UseGuards(AdminGuard)
export class AuditController {
  constructor(
    private readonly store: PostgresAuditStore,
    private readonly admission: AdminAdmission,
  ) {}

  @Get()
  @ApiOperation({ summary: 'One row for each authenticated request, newest first' })
  @ApiAnswer(AUDIT_PAGE)
  @ApiAuditFilters()
  @ApiQuery({ name: 'cursor', required: false, description: '`nextCursor` of the page before' })
  @ApiQuery({ name: 'limit', required: false, description: '1 to 1000, default 100' })
  async list(@Query() query: object) {
    const given = readReportQuery(query, [...AUDIT_FILTERS, 'cursor', 'limit']);
    const limit = pageLimitOf(given);
    const after = rowOfCursor(given.get('cursor'));
    const found = await this.store.list({
      ...auditFilterOf(given),
      ...(after && { after }),
      limit: limit + 1,
    });
    const rows = found.slice(0, limit);
    const last = found.length > limit ? rows.at(-1) : undefined;
    return answer({ rows, nextCursor: last ? cursorAfterRow(last) : null });
  }

  @Get('export')
  @ApiOperation({ summary: 'All rows that match, newest first, as NDJSON or CSV' })
  @ApiProduces('application/x-ndjson', 'text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiAuditFilters()
  @ApiQuery({ name: 'format', required: false, enum: TABLE_FORMATS })
  async export(
    @Query() query: object,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const given = readReportQuery(query, [...AUDIT_FILTERS, 'format']);
    const format = oneOfGiven(given, 'format', TABLE_FORMATS) ?? 'ndjson';
    const pages = this.store.all(auditFilterOf(given));
    const batches = rowsOf(pages, async () => await this.admission.recogniseAnew(request));
    await sendTable(reply, { format, name: 'audit', columns: COLUMNS, batches });
  }
}

/** An export lasts as long as its reader wants: whose token ended meanwhile gets no more pages. */
async function* rowsOf(pages: AsyncIterable<readonly AuditRow[]>, admit: () => Promise<unknown>) {
  for await (const rows of pages) {
    await admit();
    yield rows.map((row) => ({ ...row }));
  }
}

/** As the page has them. */
const COLUMNS = [
  'time',
  'requestId',
  'tenant',
  'keyPrefix',
  'method',
  'path',
  'model',
  'upstream',
  'status',
  'errorCode',
  'latencyMs',
  'ttfbMs',
  'tokensIn',
  'tokensOut',
  'tokensCached',
  'costUsd',
  'bytesIn',
  'bytesOut',
  'stream',
  'clientIp',
] as const satisfies readonly (keyof AuditRow)[];
