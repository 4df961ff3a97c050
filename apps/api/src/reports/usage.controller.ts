import { type Identity, UsageStore } from '@app/tenants';
import { Controller, Get, Query, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller, TenantGuard } from '../http/tenant.guard.js';
import { ApiUsage } from './api-usage-query.js';
import { readReportQuery } from './report-query.js';
import { sendUsage } from './send-usage.js';
import { TENANT_GROUPS, TENANT_USAGE } from './usage-query.js';

@ApiTags('usage')
@ApiBearerAuth()
@Controller('v1/usage')
@UseGuards(TenantGuard)
export class UsageController {
  constructor(private readonly store: UsageStore) {}

  @Get()
  @ApiOperation({ summary: 'What you used and what it cost, as JSON, NDJSON or CSV' })
  @ApiUsage(TENANT_GROUPS)
  async report(
    @Query() query: object,
    @Caller() { tenantId }: Identity,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const given = readReportQuery(query, TENANT_USAGE);
    await sendUsage(reply, this.store, { given, groups: TENANT_GROUPS, tenantId });
  }
}
