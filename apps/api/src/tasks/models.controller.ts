import { GatewayError } from '@app/errors';
import { findModel, listModels, type Model, providerOf } from '@app/providers';
import { Vendors } from '@app/tasks';
import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswer, list } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { TenantGuard } from '../http/tenant.guard.js';
import { MODEL } from './task.schema.js';

@ApiTags('models')
@ApiBearerAuth()
@Controller('v1/tasks/models')
@UseGuards(TenantGuard)
export class ModelsController {
  constructor(private readonly vendors: Vendors) {}

  @Get()
  @ApiOperation({ summary: 'The catalog: every model, what it takes and what it costs' })
  @ApiAnswer(list(MODEL))
  list() {
    return answer(listModels().map((model) => this.present(model)));
  }

  @Get(':model')
  @ApiOperation({ summary: 'One model of the catalog, by id or alias' })
  @ApiAnswer(MODEL)
  one(@Param('model') name: string) {
    const lookup = findModel(name);
    if (!lookup.found) throw new GatewayError('NOT_FOUND', lookup.message);
    return answer(this.present(lookup.model));
  }

  private present(model: Model) {
    const provider = providerOf(model);
    return {
      id: model.id,
      aliases: model.aliases,
      kind: model.kind,
      provider: provider.id,
      available: this.vendors.isConfigured(provider.id),
      price: model.priceNote,
      inputSchema: model.inputSchema,
      example: { model: model.id, input: model.example },
    };
  }
}
