import { AccountPool } from '@app/providers';
import { VendorOverview } from '@app/tasks';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer, boolean, object, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { fieldRefusal, refuseOtherFields, shown } from '../http/field-refusal.js';
import {
  CHANGED_CREDENTIAL,
  CREDENTIAL,
  CREDENTIAL_WITH_STEPS,
  CREDENTIALS,
  NEW_CREDENTIAL,
  NEXT_CREDENTIAL,
} from './credential.schema.js';
import { environmentView, storedView } from './credential-view.js';
import { readCredential } from './read-credential.js';
import { UpstreamCredentials } from './upstream-credentials.js';

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/credentials')
@UseGuards(AdminGuard)
export class CredentialsController {
  constructor(
    private readonly credentials: UpstreamCredentials,
    private readonly accounts: AccountPool,
    private readonly overview: VendorOverview,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Every upstream key, without the keys themselves' })
  @ApiAnswer(CREDENTIALS)
  async list() {
    const [stored, facts] = await Promise.all([this.credentials.list(), this.facts()]);
    const environment = facts.pool.filter(({ source }) => source === 'environment');
    return answer({
      credentials: [
        ...environment.map((account) => environmentView(account, facts)),
        ...stored.map((credential) => storedView(credential, facts)),
      ],
    });
  }

  @Get(':id')
  @ApiOperation({ summary: 'One stored upstream key, and the steps that it went' })
  @ApiAnswer(CREDENTIAL_WITH_STEPS)
  async one(@Param('id') id: string) {
    const credential = await this.credentials.find(id);
    const { steps, stepSeconds } = credential;
    return answer({ credential: storedView(credential, await this.facts()), stepSeconds, steps });
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Store an upstream key; it is used when a free call was taken with it' })
  @ApiBody({ schema: NEW_CREDENTIAL })
  @ApiAnswer(CREDENTIAL)
  async create(@Body() body: unknown) {
    const taken = ['provider', 'label', 'secret', 'weight', 'baseUrl', 'stepSeconds'] as const;
    const given = readCredential(body, taken, ['provider', 'label', 'secret']);
    return answer(storedView(await this.credentials.add(given), await this.facts()));
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @ApiOperation({ summary: 'Have another key take over, step by step; it returns by itself' })
  @ApiBody({ schema: NEXT_CREDENTIAL })
  @ApiAnswer(CREDENTIAL)
  async rotate(@Param('id') id: string, @Body() body: unknown) {
    const taken = ['secret', 'label', 'weight', 'baseUrl', 'stepSeconds'] as const;
    const given = readCredential(body, taken, ['secret']);
    return answer(storedView(await this.credentials.rotate(id, given), await this.facts()));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change the weight or the label; in force everywhere within 2 s' })
  @ApiBody({ schema: CHANGED_CREDENTIAL })
  @ApiAnswer(CREDENTIAL)
  async change(@Param('id') id: string, @Body() body: unknown) {
    const given = readCredential(body, ['weight', 'label'], []);
    return answer(storedView(await this.credentials.change(id, given), await this.facts()));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Take a key out of use: no new work, erased when nothing is in flight' })
  @ApiQuery({ name: 'now', required: false, enum: ['true', 'false'] })
  @ApiAnswer(
    object({ id: text(), removed: boolean, credential: { ...CREDENTIAL, nullable: true } }),
  )
  async withdraw(@Param('id') id: string, @Query() query: object) {
    const left = await this.credentials.withdraw(id, readNow(query));
    const credential = left && storedView(left, await this.facts());
    return answer({ id, removed: left === null, credential });
  }

  private async facts() {
    const { inFlight } = await this.overview.read();
    return { pool: this.accounts.all(), inFlight };
  }
}

function readNow(query: object): boolean {
  const given = new Map<string, unknown>(Object.entries(query));
  refuseOtherFields(given, ['now']);
  const now = given.get('now') ?? 'false';
  if (now === 'true' || now === 'false') return now === 'true';
  throw fieldRefusal('now', `takes true or false, not ${shown(now)}`);
}
