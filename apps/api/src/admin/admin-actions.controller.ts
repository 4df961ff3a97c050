import { AdminActionStore, type ChainedAction } from '@app/tenants';
import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { fieldRefusal, refuseOtherFields } from '../http/field-refusal.js';
import { ADMIN_ACTION_PAGE } from './admin.schema.js';

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/actions')
@UseGuards(AdminGuard)
export class AdminActionsController {
  constructor(private readonly store: AdminActionStore) {}

  @Get()
  @ApiOperation({
    summary: 'What admins did, newest first: an intent before each action, then its outcome',
  })
  @ApiAnswer(ADMIN_ACTION_PAGE)
  @ApiQuery({ name: 'cursor', required: false, description: '`nextCursor` of the page before' })
  @ApiQuery({ name: 'limit', required: false, description: '1 to 1000, default 100' })
  async list(@Query() query: object) {
    const given = new Map<string, unknown>(Object.entries(query));
    refuseOtherFields(given, ['cursor', 'limit']);
    const limit = wholeNumber(given.get('limit') ?? '100', 'limit', 1000);
    const cursor = given.get('cursor');
    const before = cursor === undefined ? null : wholeNumber(cursor, 'cursor', MAX_SEQ);
    const page = await this.store.list(before, limit);
    return answer({
      limit,
      nextCursor: page.before === null ? null : String(page.before),
      actions: page.actions.map(actionView),
    });
  }
}

const MAX_SEQ = Number.MAX_SAFE_INTEGER;

function wholeNumber(text: unknown, name: string, max: number): number {
  const value = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  const takes = name === 'limit' ? `a whole number from 1 to ${max}` : 'the nextCursor of a page';
  throw fieldRefusal(name, `takes ${takes}, once`);
}

/** With both hashes, so that whoever keeps these answers can follow the chain. */
const actionView = ({ prevHash, hash, ...action }: ChainedAction) => ({
  ...action,
  prevHash: prevHash.toString('hex'),
  hash: hash.toString('hex'),
});
