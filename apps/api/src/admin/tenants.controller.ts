import { GatewayError } from '@app/errors';
import {
  Authenticator,
  issueKey,
  newTenant,
  SCOPES,
  type Scope,
  type Tenant,
  TenantStore,
} from '@app/tenants';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  UseGuards,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import {
  Allow,
  IsArray,
  IsIn,
  IsRFC3339,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
} from 'class-validator';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { ISSUED_KEY, KEYS, POLICY, REVOKED_KEY, TENANT, TENANTS } from './admin.schema.js';
import { KeyPepper } from './key-pepper.js';
import { readPolicy } from './read-policy.js';

export class CreateTenantDto {
  @ApiProperty({ example: 'acme' })
  @Length(1, 128)
  @Matches(/^[!-+\--9;-~]+$/, {
    message: 'name takes visible ASCII characters other than "," and ":"',
  })
  name!: string;

  @ApiPropertyOptional(POLICY)
  @Allow()
  policy?: unknown;
}

export class ChangeTenantDto {
  @ApiProperty({ ...POLICY, description: 'replaces the whole policy; `{}`: no limits' })
  @Allow()
  policy?: unknown;
}

export class CreateKeyDto {
  @ApiPropertyOptional({ example: 'production' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  name?: string;

  @ApiPropertyOptional({ enum: SCOPES, isArray: true })
  @IsOptional()
  @IsArray({ message: `scopes takes a list of ${SCOPES.join(', ')}` })
  @IsIn(SCOPES, { each: true, message: `scopes takes a list of ${SCOPES.join(', ')}` })
  scopes?: Scope[];

  @ApiPropertyOptional({ example: '2027-01-01T00:00:00Z' })
  @IsOptional()
  @IsRFC3339({ message: 'expiresAt takes a time like 2027-01-01T00:00:00Z' })
  expiresAt?: string;
}

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/tenants')
@UseGuards(AdminGuard)
export class TenantsController {
  constructor(
    private readonly store: TenantStore,
    private readonly authenticator: Authenticator,
    private readonly pepper: KeyPepper,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a tenant' })
  @ApiAnswer(TENANT)
  async create(@Body() { name, policy }: CreateTenantDto) {
    const tenant = newTenant(name, new Date(), readPolicy(policy ?? {}));
    await this.store.createTenant(tenant);
    return answer(tenant);
  }

  @Get()
  @ApiOperation({ summary: 'Every tenant, oldest first' })
  @ApiAnswer(TENANTS)
  async list() {
    return answer({ tenants: await this.store.listTenants() });
  }

  @Get(':tenantId')
  @ApiOperation({ summary: 'One tenant' })
  @ApiAnswer(TENANT)
  async one(@Param('tenantId') tenantId: string) {
    const tenants = await this.store.listTenants();
    return answer(found(tenants.find(({ id }) => id === tenantId) ?? null, tenantId));
  }

  @Patch(':tenantId')
  @ApiOperation({ summary: 'Change a tenant’s policy; in force in every process within 2 s' })
  @ApiAnswer(TENANT)
  async change(@Param('tenantId') tenantId: string, @Body() { policy }: ChangeTenantDto) {
    const changed = found(await this.store.changePolicy(tenantId, readPolicy(policy)), tenantId);
    this.authenticator.forget();
    return answer(changed);
  }

  @Post(':tenantId/keys')
  @HttpCode(200)
  @ApiOperation({ summary: 'Issue a key; it is shown once' })
  @ApiAnswer(ISSUED_KEY)
  async createKey(@Param('tenantId') tenantId: string, @Body() body: CreateKeyDto) {
    const expiresAt = timeOf(body.expiresAt);
    const { key, row } = issueKey({
      name: body.name,
      scopes: body.scopes,
      expiresAt,
      tenantId,
      pepper: this.pepper.bytes,
      now: new Date(),
    });
    await this.store.createKey(row);
    return answer({ id: row.id, key, prefix: row.prefix, scopes: row.scopes, expiresAt });
  }

  @Get(':tenantId/keys')
  @ApiOperation({ summary: 'A tenant’s keys, without the keys themselves' })
  @ApiAnswer(KEYS)
  async listKeys(@Param('tenantId') tenantId: string) {
    return answer({ keys: await this.store.listKeys(tenantId) });
  }

  @Delete(':tenantId/keys/:keyId')
  @ApiOperation({ summary: 'Revoke a key: at once here, within 2 s in every process' })
  @ApiAnswer(REVOKED_KEY)
  async revokeKey(@Param('tenantId') tenantId: string, @Param('keyId') keyId: string) {
    const known = await this.store.revokeKey(tenantId, keyId);
    if (!known) throw new GatewayError('NOT_FOUND', `Tenant ${tenantId} has no key ${keyId}.`);
    this.authenticator.forget();
    return answer({ id: keyId, revoked: true });
  }
}

function found(tenant: Tenant | null, tenantId: string): Tenant {
  if (tenant) return tenant;
  throw new GatewayError('NOT_FOUND', `No tenant ${tenantId}.`);
}

/** RFC 3339 knows times that a `Date` does not, a leap second for one. */
function timeOf(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new GatewayError('INVALID_REQUEST', `expiresAt "${text}" is no time of this calendar.`, {
    param: 'expiresAt',
  });
}
