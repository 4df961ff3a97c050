import { GatewayError } from '@app/errors';
import { WORK_QUEUES, type WorkQueue, WorkQueues } from '@app/tasks';
import { Body, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../http/admin.guard.js';
import {
  ApiAnswer,
  boolean,
  integer,
  list,
  object,
  oneOf,
  orNull,
  text,
} from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { refuseBody } from '../http/field-refusal.js';

const time = { ...text(), format: 'date-time' };
const name = oneOf(...WORK_QUEUES);
const PAUSED = object({ name, paused: boolean });

/** What waits for workers. */
@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/queues')
@UseGuards(AdminGuard)
export class QueuesController {
  constructor(private readonly queues: WorkQueues) {}

  @Get()
  @ApiOperation({ summary: 'How much waits, since when, and how many workers there are' })
  @ApiAnswer(
    object({
      workers: integer('heard of within the last ten seconds'),
      queues: list(
        object({
          name,
          depth: integer('what is due, counted to 100000 at most'),
          oldest: orNull(time),
          pausedSince: orNull(time),
        }),
      ),
    }),
  )
  async list() {
    const [workers, queues] = await Promise.all([
      this.queues.liveWorkers(),
      this.queues.standing(new Date()),
    ]);
    return answer({ workers, queues });
  }

  @Post(':name/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'No worker takes from it any more; what is under way goes on' })
  @ApiParam({ name: 'name', enum: WORK_QUEUES })
  @ApiAnswer(PAUSED)
  async pause(@Param('name') given: string, @Body() body: unknown) {
    refuseBody(body);
    const queue = known(given);
    await this.queues.pause(queue);
    return answer({ name: queue, paused: true });
  }

  @Post(':name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Workers take from it again' })
  @ApiParam({ name: 'name', enum: WORK_QUEUES })
  @ApiAnswer(PAUSED)
  async resume(@Param('name') given: string, @Body() body: unknown) {
    refuseBody(body);
    const queue = known(given);
    await this.queues.resume(queue);
    return answer({ name: queue, paused: false });
  }
}

function known(given: string): WorkQueue {
  const queue = WORK_QUEUES.find((one) => one === given);
  if (queue) return queue;
  throw new GatewayError(
    'NOT_FOUND',
    `No queue of that name; there are ${WORK_QUEUES.join(', ')}.`,
  );
}
