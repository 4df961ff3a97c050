import { GatewayError } from '@app/errors';
import { Authenticator, PlanStore } from '@app/tenants';
import { Body, Controller, Delete, Get, HttpCode, Param, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { fieldRefusal, shown } from '../http/field-refusal.js';
import { PLAN, PLANS, POLICY, REMOVED_PLAN } from './admin.schema.js';
import { readPolicy } from './read-policy.js';

export class PutPlanDto {
  @ApiProperty({ ...POLICY, description: 'the whole policy of the plan' })
  @Allow()
  policy?: unknown;
}

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/plans')
@UseGuards(AdminGuard)
export class PlansController {
  constructor(
    private readonly store: PlanStore,
    private readonly authenticator: Authenticator,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Every plan, by name' })
  @ApiAnswer(PLANS)
  async list() {
    return answer({ plans: await this.store.list() });
  }

  @Get(':name')
  @ApiOperation({ summary: 'One plan' })
  @ApiAnswer(PLAN)
  async one(@Param('name') name: string) {
    return answer((await this.store.find(name)) ?? noPlan(name));
  }

  @Put(':name')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make a plan, or replace its policy; in force in every process within 2 s',
  })
  @ApiAnswer(PLAN)
  async put(@Param('name') name: string, @Body() { policy }: PutPlanDto) {
    if (!NAME.test(name)) throw fieldRefusal('name', `takes ${NAME_TAKES}, not ${shown(name)}`);
    const plan = await this.store.put(name, readPolicy(policy));
    this.authenticator.forget();
    return answer(plan);
  }

  @Delete(':name')
  @ApiOperation({ summary: 'Remove a plan that no tenant has' })
  @ApiAnswer(REMOVED_PLAN)
  async remove(@Param('name') name: string) {
    const removal = await this.store.remove(name);
    switch (removal.outcome) {
      case 'removed':
        this.authenticator.forget();
        return answer({ name, removed: true });
      case 'unknown':
        return noPlan(name);
      case 'in-use':
        throw fieldRefusal('name', `${name} is the plan of ${countOf(removal.tenants)}`);
    }
  }
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const NAME_TAKES = '1 to 64 of a-z, 0-9, ".", "_" and "-", not beginning with one of these three';

const countOf = (tenants: number): string =>
  tenants === 1
    ? '1 tenant; give it another one first'
    : `${tenants} tenants; give them another one first`;

function noPlan(name: string): never {
  throw new GatewayError('NOT_FOUND', `No plan ${name}.`);
}
