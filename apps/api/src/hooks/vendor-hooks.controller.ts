import { Catalog } from '@app/providers';
import { TaskStore } from '@app/tasks';
import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiAnswer, boolean, object } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { TaskSettings } from '../tasks/task-settings.js';
import { noHook, VendorHookGuard } from './vendor-hook.guard.js';

/** Where vendors call back. What they say is a hint: the job is looked at, and the look decides. */
@ApiTags('hooks')
@Controller('hooks')
@UseGuards(VendorHookGuard)
export class VendorHooksController {
  constructor(
    private readonly store: TaskStore,
    private readonly settings: TaskSettings,
    private readonly catalog: Catalog,
  ) {}

  @Post(':provider/:attemptId/:mac')
  @HttpCode(200)
  @ApiOperation({ summary: 'For vendors: something happened to a job; it is looked at soon' })
  @ApiParam({ name: 'mac', description: 'proof that this gateway gave the URL' })
  @ApiAnswer(object({ received: boolean }))
  async receive(
    @Param('provider') providerId: string,
    @Param('attemptId') attemptId: string,
    @Body() body: unknown,
  ) {
    if (!(await this.store.findAttempt(attemptId))) throw noHook();
    const provider = this.catalog.provider(providerId);
    const handle = body === undefined ? null : (provider?.readHook?.(body) ?? null);
    await this.store.noteHook(attemptId, handle, new Date());
    this.settings.wakeWorkers();
    return answer({ received: true });
  }
}
