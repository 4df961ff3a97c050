import { Catalog } from '@app/providers';
import { type TaskFilter, TaskStore } from '@app/tasks';
import type { Identity } from '@app/tenants';
import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswer } from '../http/api-answer.js';
import { answer } from '../http/answer.js';
import { Caller, TenantGuard } from '../http/tenant.guard.js';
import { ApiTaskFilters } from './api-task-filters.js';
import { pageOf } from './page-size.js';
import { cursorAfter, taskOfCursor } from './task-cursor.js';
import { filterOf, limitOf, one, type TaskQuery } from './task-query.js';
import { TASK_PAGE } from './task.schema.js';
import { TaskSettings } from './task-settings.js';
import { taskView } from './task-view.js';
import { totalCapOf } from './total-cap.js';

@ApiTags('tasks')
@ApiBearerAuth()
@Controller('v1/tasks')
@UseGuards(TenantGuard)
export class TaskListController {
  constructor(
    private readonly store: TaskStore,
    private readonly settings: TaskSettings,
    private readonly catalog: Catalog,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Your tasks, newest first: by page, or by cursor' })
  @ApiAnswer(TASK_PAGE)
  @ApiTaskFilters('page', 'size', 'cursor', 'limit')
  async list(@Query() query: TaskQuery, @Caller() { tenantId }: Identity) {
    const filter = filterOf(query, this.catalog);
    const byCursor = query['cursor'] !== undefined || query['limit'] !== undefined;
    return answer(
      byCursor
        ? await this.byCursor(tenantId, filter, query)
        : await this.byPage(tenantId, filter, query),
    );
  }

  /** HiAPI's paging. */
  private async byPage(tenantId: string, filter: TaskFilter, query: TaskQuery) {
    const { page, size } = pageOf(one(query, 'page'), one(query, 'size'));
    const cap = totalCapOf(filter);
    const [total, tasks] = await Promise.all([
      this.store.count(tenantId, filter, cap),
      this.store.list(tenantId, filter, { skip: (page - 1) * size, size }),
    ]);
    return {
      page,
      size,
      total,
      ...(total === cap && { totalIsCapped: true }),
      tasks: tasks.map((detail) => taskView(detail, this.settings.link)),
    };
  }

  /** Costs the same on every page, and no page shows a task twice while new ones come in. */
  private async byCursor(tenantId: string, filter: TaskFilter, query: TaskQuery) {
    const limit = limitOf(query, 10);
    const olderThan = taskOfCursor(one(query, 'cursor'));
    const found = await this.store.list(tenantId, filter, { olderThan, size: limit + 1 });
    const tasks = found.slice(0, limit);
    const last = found.length > limit ? tasks.at(-1) : undefined;
    return {
      limit,
      nextCursor: last ? cursorAfter(last.task.id) : null,
      tasks: tasks.map((detail) => taskView(detail, this.settings.link)),
    };
  }
}
