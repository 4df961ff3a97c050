import { GatewayError } from '@app/errors';
import {
  ADMIN_ROLES,
  AdminAuthenticator,
  type AdminIdentity,
  type AdminRole,
  AdminStore,
  issueAdmin,
  ROOT_ADMIN,
} from '@app/tenants';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
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
import { IsIn, IsOptional, IsRFC3339, Length, Matches, NotEquals } from 'class-validator';
import { AdminGuard, CallingAdmin } from '../http/admin.guard.js';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { readTime } from '../http/read-time.js';
import { ADMINS, ISSUED_ADMIN, REVOKED_KEY } from './admin.schema.js';
import { KeyPepper } from './key-pepper.js';

export class CreateAdminDto {
  @ApiProperty({ example: 'alice', description: 'who the audit of actions says it was' })
  @NotEquals(ROOT_ADMIN.name, { message: `name takes any name but ${ROOT_ADMIN.name}` })
  @Length(1, 128)
  @Matches(/^[!-~]+$/, { message: 'name takes visible ASCII characters' })
  name!: string;

  @ApiPropertyOptional({ enum: ADMIN_ROLES, default: 'operator' })
  @IsOptional()
  @IsIn(ADMIN_ROLES, { message: `role takes one of ${ADMIN_ROLES.join(', ')}` })
  role?: AdminRole;

  @ApiPropertyOptional({ example: '2027-01-01T00:00:00Z' })
  @IsOptional()
  @IsRFC3339({ message: 'expiresAt takes a time like 2027-01-01T00:00:00Z' })
  expiresAt?: string;
}

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/admins')
@UseGuards(AdminGuard)
export class AdminsController {
  constructor(
    private readonly store: AdminStore,
    private readonly authenticator: AdminAuthenticator,
    private readonly pepper: KeyPepper,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Give an admin a token of their own; it is shown once' })
  @ApiAnswer(ISSUED_ADMIN)
  async create(@Body() body: CreateAdminDto, @CallingAdmin() caller: AdminIdentity) {
    const { token, row } = issueAdmin({
      name: body.name,
      role: body.role ?? 'operator',
      expiresAt: body.expiresAt === undefined ? null : readTime(body.expiresAt, 'expiresAt'),
      createdBy: caller.name,
      pepper: this.pepper.bytes,
      now: new Date(),
    });
    await this.store.create(row);
    const { id, name, role, prefix, expiresAt } = row;
    return answer({ id, name, role, token, prefix, expiresAt });
  }

  @Get()
  @ApiOperation({ summary: 'Named admin tokens, oldest first, without the tokens themselves' })
  @ApiAnswer(ADMINS)
  async list() {
    return answer({ admins: await this.store.list() });
  }

  @Delete(':adminId')
  @ApiOperation({ summary: 'Revoke an admin’s token: at once here, within 2 s in every process' })
  @ApiAnswer(REVOKED_KEY)
  async revoke(@Param('adminId') adminId: string) {
    const isKnown = await this.store.revoke(adminId);
    if (!isKnown) throw new GatewayError('NOT_FOUND', `No admin ${adminId}.`);
    this.authenticator.forget();
    return answer({ id: adminId, revoked: true });
  }
}
