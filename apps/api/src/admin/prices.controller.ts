import { GatewayError } from '@app/errors';
import {
  currentPrices,
  PriceStore,
  type PriceTable,
  type PriceVersion,
  PriceWatch,
  readPriceTable,
} from '@app/prices';
import { Body, Controller, Get, Put, Query, UseGuards, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ulid } from 'ulid';
import { AdminGuard } from '../http/admin.guard.js';
import { answer } from '../http/answer.js';
import { ApiAnswer } from '../http/api-answer.js';
import { fieldRefusal, refuseOtherFields } from '../http/field-refusal.js';
import { PRICE_TABLE, PRICES } from './prices.schema.js';

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/prices')
@UseGuards(AdminGuard)
export class PricesController {
  constructor(
    private readonly store: PriceStore,
    private readonly watch: PriceWatch,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'The price table in force, or an older one; and every version there was',
  })
  @ApiAnswer(PRICES)
  @ApiQuery({ name: 'version', required: false, description: 'of an older table' })
  async read(@Query() query: object) {
    const given = new Map<string, unknown>(Object.entries(query));
    refuseOtherFields(given, ['version']);
    const version = given.get('version');
    if (version !== undefined && typeof version !== 'string') {
      throw fieldRefusal('version', 'is taken once');
    }
    if (version === undefined) await this.watch.runOnce();
    const table = version === undefined ? currentPrices() : await this.find(version);
    return answer(shown(table, await this.store.versions()));
  }

  @Put()
  @ApiOperation({ summary: 'Put another price table in force, whole; everywhere within 2 s' })
  @ApiBody({ schema: PRICE_TABLE })
  @ApiAnswer(PRICES)
  async put(@Body() body: unknown, @Req() { admin }: FastifyRequest) {
    const now = new Date();
    const table = readPriceTable(body, {
      version: `own-${ulid(now.getTime())}`,
      effectiveFrom: now.toISOString(),
    });
    await this.store.put(table, admin?.name ?? '');
    await this.watch.runOnce();
    return answer(shown(table, await this.store.versions()));
  }

  private async find(version: string): Promise<PriceTable> {
    const table = await this.store.find(version);
    if (table) return table;
    throw new GatewayError('NOT_FOUND', `No price table of version ${version.slice(0, 64)}.`, {
      param: 'version',
    });
  }
}

const shown = (table: PriceTable, versions: readonly PriceVersion[]) => ({
  ...table,
  inForce: currentPrices().version,
  versions: versions.map((one) => ({ ...one, putAt: one.putAt.toISOString() })),
});
