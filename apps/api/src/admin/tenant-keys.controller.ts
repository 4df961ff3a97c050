import { GatewayError } from '@app/errors';
import { Authenticator, issueKey, type TenantKey, TenantStore } from '@app/tenants';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Patch,
  Post,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { fieldRefusal } from '../http/field-refusal.js';
import { readTime } from '../http/read-time.js';
import { ISSUED_KEY, KEY, KEYS, REVOKED_KEY, ROTATED_KEY } from './admin.schema.js';
import { KeyPepper } from './key-pepper.js';
import { readKeyPolicy } from './read-policy.js';
import { DEFAULT_GRACE_SECONDS, KeyDto, RotateKeyDto } from './tenant-keys.dto.js';

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/tenants/:tenantId/keys')
@UseGuards(AdminGuard)
export class TenantKeysController {
  constructor(
    private readonly store: TenantStore,
    private readonly authenticator: Authenticator,
    private readonly pepper: KeyPepper,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Issue a key; it is shown once' })
  @ApiAnswer(ISSUED_KEY)
  async create(@Param('tenantId') tenantId: string, @Body() body: KeyDto) {
    const { key, row } = issueKey({
      ...changeOf(body),
      tenantId,
      pepper: this.pepper.bytes,
      now: new Date(),
    });
    await this.store.createKey(row);
    const { digest: _digest, ...shown } = row;
    return answer({ ...shown, key, revokedAt: null, replacedBy: null });
  }

  @Get()
  @ApiOperation({ summary: 'A tenant’s keys, without the keys themselves' })
  @ApiAnswer(KEYS)
  async list(@Param('tenantId') tenantId: string) {
    return answer({ keys: await this.store.listKeys(tenantId) });
  }

  @Patch(':keyId')
  @ApiOperation({
    summary: 'Change a key; in force in every process within 2 s',
    description:
      'What is absent stays as it is. Keys of INTERNAL_KEYS and revoked ones are not changed.',
  })
  @ApiAnswer(KEY)
  async change(
    @Param('tenantId') tenantId: string,
    @Param('keyId') keyId: string,
    @Body() body: KeyDto,
  ) {
    const change = changeOf(body);
    if (Object.values(change).every((value) => value === undefined)) {
      throw fieldRefusal('The body', 'takes at least one of name, scopes, expiresAt, policy');
    }
    const changed = await this.store.changeKey(tenantId, keyId, change);
    this.authenticator.forget();
    return answer(changed ?? noKey(tenantId, keyId));
  }

  @Post(':keyId/rotate')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'A new key in place of this one, which works for `graceSeconds` more; shown once',
    description:
      'The new key has the name, scopes and policy of the old one, and lives as long as that one was to live.',
  })
  @ApiBody({ type: RotateKeyDto, required: false })
  @ApiAnswer(ROTATED_KEY)
  async rotate(
    @Param('tenantId') tenantId: string,
    @Param('keyId') keyId: string,
    @Body() { graceSeconds = DEFAULT_GRACE_SECONDS }: RotateKeyDto,
  ) {
    const now = new Date();
    const { key, row } = issueKey({ tenantId, pepper: this.pepper.bytes, now });
    const { id, prefix, digest, createdAt } = row;
    const rotated = await this.store.rotateKey(tenantId, keyId, {
      next: { id, prefix, digest, createdAt },
      retireAt: new Date(now.getTime() + graceSeconds * 1000),
    });
    this.authenticator.forget();
    if (!rotated) return noKey(tenantId, keyId);
    const previous = { id: keyId, expiresAt: rotated.previousExpiresAt };
    return answer({ ...rotated.key, key, previous });
  }

  @Delete(':keyId')
  @ApiOperation({ summary: 'Revoke a key: at once here, within 2 s in every process' })
  @ApiAnswer(REVOKED_KEY)
  async revoke(@Param('tenantId') tenantId: string, @Param('keyId') keyId: string) {
    const isKnown = await this.store.revokeKey(tenantId, keyId);
    this.authenticator.forget();
    return isKnown ? answer({ id: keyId, revoked: true }) : noKey(tenantId, keyId);
  }
}

/** @throws GatewayError INVALID_REQUEST naming the field */
function changeOf({ name, scopes, expiresAt, policy }: KeyDto) {
  return {
    name,
    scopes: scopes && [...new Set(scopes)],
    expiresAt: typeof expiresAt === 'string' ? readTime(expiresAt, 'expiresAt') : expiresAt,
    policy: policy === undefined ? undefined : readKeyPolicy(policy),
  } satisfies Partial<Record<keyof TenantKey, unknown>>;
}

function noKey(tenantId: string, keyId: string): never {
  throw new GatewayError('NOT_FOUND', `Tenant ${tenantId} has no key ${keyId}.`);
}
