import { Catalog } from '@app/providers';
import { TaskStore } from '@app/tasks';
import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { LedgerStore } from '@app/tenants';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../http/admin.guard.js';
import { ApiAnswer, object, text } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { refuseBody } from '../http/field-refusal.js';
import { ApiTaskFilters } from '../tasks/api-task-filters.js';
import { cursorAfter, taskOfCursor } from '../tasks/task-cursor.js';
import { filterOf, limitOf, one, refuseUnknown, type TaskQuery } from '../tasks/task-query.js';
import { ADMIN_TASK_PAGE } from '../tasks/task.schema.js';
import { TaskSettings } from '../tasks/task-settings.js';
import { taskView } from '../tasks/task-view.js';
import { TaskRetry } from './task-retry.js';

const PARAMETERS = [
  'tenant',
  'status',
  'model',
  'createdAfter',
  'createdBefore',
  'cursor',
  'limit',
];

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/tasks')
@UseGuards(AdminGuard)
export class AdminTasksController {
  constructor(
    private readonly store: TaskStore,
    private readonly settings: TaskSettings,
    private readonly catalog: Catalog,
    private readonly retries: TaskRetry,
    private readonly ledger: LedgerStore,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Everybody’s tasks, newest first' })
  @ApiAnswer(ADMIN_TASK_PAGE)
  @ApiTaskFilters('tenant', 'cursor', 'limit')
  async list(@Query() query: TaskQuery) {
    refuseUnknown(query, PARAMETERS);
    const limit = limitOf(query, 100);
    const olderThan = taskOfCursor(one(query, 'cursor'));
    const tenantId = one(query, 'tenant') ?? null;
    const found = await this.store.list(tenantId, filterOf(query, this.catalog), {
      olderThan,
      size: limit + 1,
    });
    const tasks = found.slice(0, limit);
    const last = found.length > limit ? tasks.at(-1) : undefined;
    const lost = await this.ledger.lostOf(tasks.map(({ task }) => task.id));
    return answer({
      limit,
      nextCursor: last ? cursorAfter(last.task.id) : null,
      tasks: tasks.map((detail) => ({
        tenantId: detail.task.tenantId,
        ...lostIn(lost, detail.task.id),
        ...taskView(detail, this.settings.link),
      })),
    });
  }

  @Post(':taskId/retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Run a failed task again, as a new one of the same tenant' })
  @ApiAnswer(object({ taskId: text(), retryOf: text() }))
  async retry(@Param('taskId') failedId: string, @Body() body: unknown) {
    refuseBody(body);
    const taskId = await this.retries.retry(failedId);
    this.settings.wakeWorkers();
    return answer({ taskId, retryOf: failedId });
  }
}

/** What the vendor charged, or may have, for nothing; null: nobody knows how much. Absent: nothing. */
function lostIn(
  lost: ReadonlyMap<string, bigint | null>,
  taskId: string,
): { readonly lostUsd?: number | null } {
  const nanoUsd = lost.get(taskId);
  if (nanoUsd === undefined) return {};
  return { lostUsd: nanoUsd === null ? null : Number(nanoUsd) / 1e9 };
}
