import { GatewayError } from '@app/errors';
import { Authenticator, TenantErasureStore } from '@app/tenants';
import { Controller, Delete, HttpCode, Param, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer, boolean, object, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/tenants')
@UseGuards(AdminGuard)
export class TenantErasureController {
  constructor(
    private readonly erasure: TenantErasureStore,
    private readonly authenticator: Authenticator,
  ) {}

  @Delete(':tenantId')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Erase a tenant: its keys stop at once, then all but ids and money goes; asking again changes nothing',
  })
  @ApiAnswer(object({ id: text(), erasing: boolean }))
  async erase(@Param('tenantId') tenantId: string) {
    const begun = await this.erasure.begin(tenantId);
    if (begun === 'unknown') throw new GatewayError('NOT_FOUND', `No tenant ${tenantId}.`);
    if (begun === 'internal') {
      const message = `Tenant ${tenantId} is one of INTERNAL_KEYS and would be made again; take it out there first, and restart the API.`;
      throw new GatewayError('INVALID_REQUEST', message);
    }
    this.authenticator.forget();
    return answer({ id: tenantId, erasing: true });
  }
}
