import { GatewayError } from '@app/errors';
import { Authenticator, type GovernedTenant, newTenant, TenantStore } from '@app/tenants';
import { Body, Controller, Get, HttpCode, Param, Patch, Post, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { Allow, IsString, Length, Matches, ValidateIf } from 'class-validator';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { fieldRefusal } from '../http/field-refusal.js';
import { POLICY, TENANT, TENANTS } from './admin.schema.js';
import { readPolicy } from './read-policy.js';

const PLAN = {
  type: 'string',
  nullable: true,
  example: 'pro',
  description: 'a plan of `/admin/plans`; null: the one named `default`, if there is one',
} as const;

const isPlanName = (_body: object, value: unknown): boolean =>
  value !== undefined && value !== null;

export class CreateTenantDto {
  @ApiProperty({ example: 'acme' })
  @Length(1, 128)
  @Matches(/^[!-+\--9;-~]+$/, {
    message: 'name takes visible ASCII characters other than "," and ":"',
  })
  name!: string;

  @ApiPropertyOptional(PLAN)
  @ValidateIf(isPlanName)
  @IsString({ message: 'plan takes the name of a plan, or null for none' })
  plan?: string | null;

  @ApiPropertyOptional(POLICY)
  @Allow()
  policy?: unknown;
}

export class ChangeTenantDto {
  @ApiPropertyOptional(PLAN)
  @ValidateIf(isPlanName)
  @IsString({ message: 'plan takes the name of a plan, or null for none' })
  plan?: string | null;

  @ApiPropertyOptional({
    ...POLICY,
    description: 'replaces the whole of its own policy; `{}`: no limits but those of its plan',
  })
  @Allow()
  policy?: unknown;
}

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/tenants')
@UseGuards(AdminGuard)
export class TenantsController {
  constructor(
    private readonly store: TenantStore,
    private readonly authenticator: Authenticator,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a tenant' })
  @ApiAnswer(TENANT)
  async create(@Body() { name, plan, policy }: CreateTenantDto) {
    const own = readPolicy(policy ?? {});
    return answer(await this.store.createTenant(newTenant(name, new Date(), own, plan ?? null)));
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
    return answer(found(await this.store.findTenant(tenantId), tenantId));
  }

  @Patch(':tenantId')
  @ApiOperation({
    summary: 'Change a tenant’s plan or policy; in force in every process within 2 s',
    description: 'What is absent stays as it is.',
  })
  @ApiAnswer(TENANT)
  async change(@Param('tenantId') tenantId: string, @Body() { plan, policy }: ChangeTenantDto) {
    if (plan === undefined && policy === undefined) {
      throw fieldRefusal('The body', 'takes plan, policy or both');
    }
    const own = policy === undefined ? undefined : readPolicy(policy);
    const changed = await this.store.changeTenant(tenantId, { plan, policy: own });
    this.authenticator.forget();
    return answer(found(changed, tenantId));
  }
}

function found(tenant: GovernedTenant | null, tenantId: string): GovernedTenant {
  if (tenant) return tenant;
  throw new GatewayError('NOT_FOUND', `No tenant ${tenantId}.`);
}
