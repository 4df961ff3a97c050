import { UsageStore } from '@app/tenants';
import { Controller, Get, Query, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiUsage } from '../reports/api-usage-query.js';
import { readReportQuery, textOf } from '../reports/report-query.js';
import { sendUsage } from '../reports/send-usage.js';
import { ADMIN_GROUPS, ADMIN_USAGE } from '../reports/usage-query.js';

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/usage')
@UseGuards(AdminGuard)
export class AdminUsageController {
  constructor(private readonly store: UsageStore) {}

  @Get()
  @ApiOperation({ summary: 'What tenants used and what it cost, as JSON, NDJSON or CSV' })
  @ApiUsage(ADMIN_GROUPS)
  @ApiQuery({ name: 'tenant', required: false, description: 'a tenant’s id' })
  async report(@Query() query: object, @Res() reply: FastifyReply): Promise<void> {
    const given = readReportQuery(query, ADMIN_USAGE);
    const tenantId = textOf(given, 'tenant') ?? null;
    await sendUsage(reply, this.store, { given, groups: ADMIN_GROUPS, tenantId });
  }
}
