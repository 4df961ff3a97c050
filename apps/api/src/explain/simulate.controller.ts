import type { Identity } from '@app/tenants';
import { Body, Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { requireJsonObject } from '../http/json-object.js';
import { CountsAs } from '../http/request-limits.js';
import { Caller, RequireScope, TenantGuard } from '../http/tenant.guard.js';
import { readImaginedCall } from './read-imagined-call.js';
import { IMAGINED_CALL, SIMULATED_CALL } from './simulate.schema.js';
import { Simulator } from './simulator.js';

@ApiTags('explain')
@ApiBearerAuth()
@Controller('v1/simulate')
@UseGuards(TenantGuard)
export class SimulateController {
  constructor(private readonly simulator: Simulator) {}

  @Post()
  @HttpCode(200)
  @RequireScope('proxy')
  @CountsAs('reads')
  @ApiOperation({
    summary: 'What would become of a call of the pass-through; nothing is sent, nothing is taken',
  })
  @ApiBody({ schema: IMAGINED_CALL })
  @ApiAnswer(SIMULATED_CALL)
  async simulate(
    @Body() body: unknown,
    @Caller() identity: Identity,
    @Req() request: FastifyRequest,
  ) {
    const call = readImaginedCall(requireJsonObject(body, 'The body'));
    return answer(await this.simulator.simulate({ ...call, identity, requestId: request.id }));
  }
}
