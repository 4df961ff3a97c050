import { Readable } from 'node:stream';
import { GatewayError } from '@app/errors';
import { isFinal, type Task } from '@app/tasks';
import type { Identity } from '@app/tenants';
import { Controller, Get, Headers, Param, Res, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { EVENT_STREAM_HEADERS } from '../http/event-stream.js';
import { OpenCalls } from '../http/open-calls.js';
import { Caller, TenantGuard } from '../http/tenant.guard.js';
import { TaskEvents } from './task-events.js';
import { TaskReader } from './task-reader.js';

@ApiTags('tasks')
@ApiBearerAuth()
@Controller('v1/tasks/:taskId/events')
@UseGuards(TenantGuard)
export class TaskEventsController {
  constructor(
    private readonly reader: TaskReader,
    private readonly events: TaskEvents,
    private readonly calls: OpenCalls,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Every change of a task’s status as Server-Sent Events; ends with the task',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'the id seen last: goes on after it',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description:
      'events `task.queued`, `task.handling`, `task.archiving`, `task.success`, `task.fail`, each with `{taskId, status, at}`; the last one also has `task`, the detail',
    schema: { type: 'string' },
  })
  @ApiNoContentResponse({ description: 'the last event has been seen: do not come again' })
  async watch(
    @Param('taskId') taskId: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Caller() { tenantId }: Identity,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { detail } = await this.reader.read(tenantId, taskId);
    const after = versionAfter(lastEventId, detail.task);
    // A browser's EventSource comes again for ever unless it is told by this status that all is said.
    if (isFinal(detail.task.status) && after >= detail.task.version) {
      return void (await reply.status(204).send());
    }
    const frames = this.events.frames({ tenantId, taskId, after, gone: this.calls.watch(reply) });
    await reply.headers(EVENT_STREAM_HEADERS).send(Readable.from(frames));
  }
}

/** @throws GatewayError INVALID_REQUEST for an id that this task never sent */
function versionAfter(lastEventId: string | undefined, { version }: Task): number {
  if (lastEventId === undefined || lastEventId === '') return -1;
  const seen = /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) : Infinity;
  if (seen <= version) return seen;
  const message = `Last-Event-ID takes the id of an event of this task, not "${lastEventId}".`;
  throw new GatewayError('INVALID_REQUEST', message, { param: 'Last-Event-ID' });
}
