import { GatewayError } from '@app/errors';
import { currentPrices, priceNote, pricesOf } from '@app/prices';
import { Catalog, type Model } from '@app/providers';
import { Vendors } from '@app/tasks';
import { type Identity, modelVerdict } from '@app/tenants';
import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswer, list } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { namesOfModel } from '../http/names-of-model.js';
import { Caller, TenantGuard } from '../http/tenant.guard.js';
import { MODEL } from './task.schema.js';

@ApiTags('models')
@ApiBearerAuth()
@Controller('v1/tasks/models')
@UseGuards(TenantGuard)
export class ModelsController {
  constructor(
    private readonly vendors: Vendors,
    private readonly catalog: Catalog,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'The catalog: every model that your policy allows, what it takes and what it costs',
  })
  @ApiAnswer(list(MODEL))
  list(@Caller() identity: Identity) {
    const allowed = this.catalog
      .list()
      .filter((model) => this.refusal(identity, model.id) === null);
    return answer(allowed.map((model) => this.present(model, null)));
  }

  @Get(':model')
  @ApiOperation({ summary: 'One model of the catalog, by id or alias' })
  @ApiAnswer(MODEL)
  one(@Param('model') name: string, @Caller() identity: Identity) {
    const lookup = this.catalog.find(name);
    if (!lookup.found) throw new GatewayError('NOT_FOUND', lookup.message);
    return answer(this.present(lookup.model, this.refusal(identity, name)));
  }

  /** Why the caller may not ask it, fit to stand beside why nobody can. */
  private refusal(identity: Identity, name: string): string | null {
    const verdict = modelVerdict(identity, namesOfModel(this.catalog, name));
    return verdict && verdict.reason.replace(/\.$/, '');
  }

  private present(model: Model, refusal: string | null) {
    const provider = this.catalog.providerOf(model);
    const unavailable = refusal ?? this.vendors.whyUnavailable(model, provider);
    return {
      id: model.id,
      aliases: model.aliases,
      kind: model.kind,
      provider: provider.id,
      available: unavailable === null,
      ...(unavailable !== null && { unavailable }),
      ...(model.note !== undefined && { note: model.note }),
      price: priceNote(model),
      priceVersion: currentPrices().version,
      prices: pricesOf(model).map(({ model: _, ...price }) => ({ per: 1, when: {}, ...price })),
      inputSchema: model.inputSchema,
      example: { model: model.id, input: model.example },
    };
  }
}
