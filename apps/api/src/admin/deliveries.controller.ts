import { DeliveryStore } from '@app/callbacks';
import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiDeliveryFilters, redeliveryBody } from '../callbacks/api-delivery-filters.js';
import { cursorAfterDelivery, deliveryOfCursor } from '../callbacks/delivery-cursor.js';
import { ADMIN_FILTERS, readDeliveryQuery, readRedelivery } from '../callbacks/delivery-filter.js';
import { deliveryDetail, deliverySummary } from '../callbacks/delivery-view.js';
import { ADMIN_DELIVERY, ADMIN_DELIVERY_PAGE, REDELIVERED } from '../callbacks/delivery.schema.js';
import { noDelivery, Redelivery } from '../callbacks/redelivery.js';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { requireJsonObject } from '../http/json-object.js';

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/deliveries')
@UseGuards(AdminGuard)
export class AdminDeliveriesController {
  constructor(
    private readonly store: DeliveryStore,
    private readonly redelivery: Redelivery,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Everybody’s deliveries, newest first' })
  @ApiAnswer(ADMIN_DELIVERY_PAGE)
  @ApiDeliveryFilters(...ADMIN_FILTERS)
  async list(@Query() query: object) {
    const { filter, limit, cursor } = readDeliveryQuery(query, ADMIN_FILTERS);
    const after = deliveryOfCursor(cursor);
    const page = { limit, ...(after !== undefined && { after }) };
    const { deliveries, next } = await this.store.list(filter, page);
    return answer({
      limit,
      nextCursor: next === null ? null : cursorAfterDelivery(next),
      deliveries: deliveries.map((delivery) => deliverySummary(delivery, 'operator')),
    });
  }

  @Post('redeliver')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send again what matches, of one tenant or of all; or count it' })
  @ApiBody({ schema: redeliveryBody(ADMIN_FILTERS) })
  @ApiAnswer(REDELIVERED)
  async redeliverMatching(@Body() body: unknown) {
    const request = readRedelivery(requireJsonObject(body, 'The body'), ADMIN_FILTERS);
    return answer(await this.redelivery.matching(request));
  }

  @Get(':deliveryId')
  @ApiOperation({ summary: 'One delivery, with what tenants are not told of its attempts' })
  @ApiAnswer(ADMIN_DELIVERY)
  async one(@Param('deliveryId') deliveryId: string) {
    const found = await this.store.find(null, deliveryId);
    if (!found) throw noDelivery(deliveryId);
    return answer(deliveryDetail(found, 'operator'));
  }
}
