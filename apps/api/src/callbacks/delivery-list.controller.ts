import { DeliveryStore } from '@app/callbacks';
import type { Identity } from '@app/tenants';
import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { requireJsonObject } from '../http/json-object.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { ApiDeliveryFilters, redeliveryBody } from './api-delivery-filters.js';
import { cursorAfterDelivery, deliveryOfCursor } from './delivery-cursor.js';
import { readDeliveryQuery, readRedelivery, TENANT_FILTERS } from './delivery-filter.js';
import { deliveryDetail, deliverySummary } from './delivery-view.js';
import {
  DELIVERY_DETAIL,
  DELIVERY_PAGE,
  DELIVERY_SUMMARY,
  REDELIVERED,
} from './delivery.schema.js';
import { noDelivery, Redelivery } from './redelivery.js';

/** A tenant's deliveries over all its tasks. */
@ApiTags('callbacks')
@ApiBearerAuth()
@Controller('v1/tasks/deliveries')
@UseGuards(TenantGuard)
export class DeliveryListController {
  constructor(
    private readonly store: DeliveryStore,
    private readonly redelivery: Redelivery,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Your deliveries, newest first' })
  @ApiAnswer(DELIVERY_PAGE)
  @ApiDeliveryFilters(...TENANT_FILTERS)
  async list(@Query() query: object, @Caller() { tenantId }: Identity) {
    const { filter, limit, cursor } = readDeliveryQuery(query, TENANT_FILTERS);
    const after = deliveryOfCursor(cursor);
    const page = { limit, ...(after !== undefined && { after }) };
    const { deliveries, next } = await this.store.list({ ...filter, tenantId }, page);
    return answer({
      limit,
      nextCursor: next === null ? null : cursorAfterDelivery(next),
      deliveries: deliveries.map((delivery) => deliverySummary(delivery, 'tenant')),
    });
  }

  @Post('redeliver')
  @HttpCode(200)
  @RequireScope('tasks')
  @ApiOperation({ summary: 'Send again what matches, each with its own webhook-id; or count it' })
  @ApiBody({ schema: redeliveryBody(TENANT_FILTERS) })
  @ApiAnswer(REDELIVERED)
  async redeliverMatching(@Body() body: unknown, @Caller() { tenantId }: Identity) {
    const request = readRedelivery(requireJsonObject(body, 'The body'), TENANT_FILTERS);
    const filter = { ...request.filter, tenantId };
    return answer(await this.redelivery.matching({ ...request, filter }));
  }

  @Get(':deliveryId')
  @ApiOperation({ summary: 'One delivery with its attempts and the bytes that are sent' })
  @ApiAnswer(DELIVERY_DETAIL)
  async one(@Param('deliveryId') deliveryId: string, @Caller() { tenantId }: Identity) {
    const found = await this.store.find(tenantId, deliveryId);
    if (!found) throw noDelivery(deliveryId);
    return answer(deliveryDetail(found, 'tenant'));
  }

  @Post(':deliveryId/redeliver')
  @HttpCode(200)
  @RequireScope('tasks')
  @ApiOperation({ summary: 'Send one callback again, with the same webhook-id' })
  @ApiAnswer(DELIVERY_SUMMARY)
  async redeliver(@Param('deliveryId') deliveryId: string, @Caller() { tenantId }: Identity) {
    return answer(deliverySummary(await this.redelivery.one(tenantId, deliveryId), 'tenant'));
  }
}
