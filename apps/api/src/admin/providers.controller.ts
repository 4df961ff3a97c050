import { GatewayError } from '@app/errors';
import { AccountPool, Catalog } from '@app/providers';
import { UpstreamAccounts } from '@app/proxy';
import { VendorOverview } from '@app/tasks';
import { Controller, Delete, Get, Param, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { LIFTED, PROVIDERS } from './credential.schema.js';
import { providerView } from './provider-view.js';

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/providers')
@UseGuards(AdminGuard)
export class ProvidersController {
  constructor(
    private readonly catalog: Catalog,
    private readonly accounts: AccountPool,
    private readonly overview: VendorOverview,
    private readonly upstream: UpstreamAccounts,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Every provider and its keys: state, in flight, error rate, breakers' })
  @ApiAnswer(PROVIDERS)
  async list() {
    const seen = await this.overview.read();
    const facts = { seen, pool: this.accounts.all(), requests: this.upstream.inFlight() };
    return answer({ providers: this.catalog.vendors.map((one) => providerView(one, facts)) });
  }

  @Delete(':provider/accounts/:account/trouble')
  @ApiOperation({
    summary: 'Send tasks under an account again at once, which its vendor had refused',
  })
  @ApiAnswer(LIFTED)
  async lift(@Param('provider') provider: string, @Param('account') account: string) {
    const known = this.accounts.find(account);
    if (known?.provider.id !== provider) {
      throw new GatewayError('NOT_FOUND', `${provider} has no account ${account}.`);
    }
    return answer({ account, lifted: await this.overview.liftTroubles(provider, account) });
  }
}
