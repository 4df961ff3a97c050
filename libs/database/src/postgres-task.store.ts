import {
  type Attempt,
  type KnownIdempotencyKey,
  type NewTask,
  type OpenAttempt,
  type StoredFacts,
  type Task,
  type TaskDetail,
  type TaskOutput,
  type TaskPage,
  type TaskStatus,
  TaskStore,
  type Transition,
} from '@app/tasks';
import { APPLY_TRANSITION, transitionValues } from './apply-transition.sql.js';
import { CREATE_TASK, createTaskValues } from './create-task.sql.js';
import type { Database } from './database.js';
import type { Prisma } from './generated/client.js';
import { toAttempt, toOutput, toTask } from './task-rows.js';

export class PostgresTaskStore extends TaskStore {
  constructor(private readonly database: Database) {
    super();
  }

  async create(bundle: NewTask): Promise<'created' | KnownIdempotencyKey> {
    const values = createTaskValues(bundle);
    for (;;) {
      const written = await this.database.query(CREATE_TASK, values);
      if (written.length > 0) return 'created';
      const known = await this.findIdempotencyKey(
        bundle.task.tenantId,
        bundle.idempotency?.key ?? '',
      );
      if (known) return known;
      // The winner's key expired or was rolled back between the two statements: the key is free now.
    }
  }

  async findIdempotencyKey(tenantId: string, key: string): Promise<KnownIdempotencyKey | null> {
    const [row] = await this.database.query<{ fingerprint: Buffer; task_id: string }>(
      'SELECT fingerprint, task_id FROM idempotency_keys WHERE tenant_id = $1 AND key = $2 AND expires_at > now()',
      [tenantId, key],
    );
    return row ? { fingerprint: row.fingerprint, taskId: row.task_id } : null;
  }

  async find(taskId: string): Promise<Task | null> {
    const row = await this.database.read(
      async (prisma) => await prisma.task.findUnique({ where: { id: taskId } }),
    );
    return row && toTask(row);
  }

  async findDetail(tenantId: string, taskId: string): Promise<TaskDetail | null> {
    const row = await this.database.read(
      async (prisma) =>
        await prisma.task.findFirst({ where: { id: taskId, tenantId }, include: DETAIL }),
    );
    return row && toDetail(row);
  }

  async list(
    tenantId: string,
    query: {
      readonly page: number;
      readonly size: number;
      readonly cap: number;
      readonly status?: TaskStatus;
    },
  ): Promise<TaskPage> {
    const where = { tenantId, ...(query.status && { status: query.status }) };
    const [rows, total] = await this.database.read(
      async (prisma) =>
        await Promise.all([
          prisma.task.findMany({
            where,
            include: DETAIL,
            orderBy: { id: 'desc' },
            skip: (query.page - 1) * query.size,
            take: query.size,
          }),
          prisma.task.count({ where, take: query.cap }),
        ]),
    );
    return { tasks: rows.map(toDetail), total };
  }

  async outputsOf(taskId: string): Promise<readonly TaskOutput[]> {
    const rows = await this.database.read(
      async (prisma) =>
        await prisma.output.findMany({ where: { taskId }, orderBy: { index: 'asc' } }),
    );
    return rows.map(toOutput);
  }

  async findStoredOutput(outputId: string, now: Date): Promise<StoredFacts | null> {
    const row = await this.database.read(
      async (prisma) =>
        await prisma.output.findFirst({ where: { id: outputId, expireAt: { gt: now } } }),
    );
    return row && toOutput(row).stored;
  }

  async openAttempt(taskId: string): Promise<Attempt | null> {
    const row = await this.database.read(
      async (prisma) =>
        await prisma.attempt.findFirst({
          where: { taskId, state: { in: ['submitting', 'submitted'] } },
        }),
    );
    return row && toAttempt(row);
  }

  async attemptsOf(taskId: string): Promise<readonly Attempt[]> {
    const rows = await this.database.read(
      async (prisma) =>
        await prisma.attempt.findMany({ where: { taskId }, orderBy: { number: 'asc' } }),
    );
    return rows.map(toAttempt);
  }

  async findSubmitted(attemptId: string): Promise<OpenAttempt | null> {
    const row = await this.database.read(
      async (prisma) =>
        await prisma.attempt.findFirst({
          where: { id: attemptId, state: 'submitted' },
          include: { task: true },
        }),
    );
    return row && { task: toTask(row.task), attempt: toAttempt(row) };
  }

  async apply(transition: Transition): Promise<boolean> {
    const moved = await this.database.query(APPLY_TRANSITION, transitionValues(transition));
    return moved.length > 0;
  }

  async renewLease(attemptId: string, owner: string, until: Date): Promise<boolean> {
    const renewed = await this.database.query(
      `UPDATE attempts SET lease_until = $3 WHERE id = $1 AND lease_owner = $2 AND state = 'submitting' RETURNING id`,
      [attemptId, owner, until],
    );
    return renewed.length > 0;
  }

  async noteCheck(
    attemptId: string,
    note: { readonly checks: number; readonly nextCheckAt: Date; readonly progress: number | null },
  ): Promise<void> {
    await this.database.query(
      `WITH noted AS (
         UPDATE attempts SET checks = $2, next_check_at = $3 WHERE id = $1 AND state = 'submitted' RETURNING task_id
       )
       UPDATE tasks SET progress = $4::int FROM noted
       WHERE tasks.id = noted.task_id AND tasks.status = 'handling' AND tasks.progress < $4::int`,
      [attemptId, note.checks, note.nextCheckAt, note.progress],
    );
  }
}

const DETAIL = {
  outputs: { orderBy: { index: 'asc' } },
  deliveries: { orderBy: { sequence: 'desc' }, take: 1, select: { state: true, attempts: true } },
} satisfies Prisma.TaskInclude;

function toDetail(row: Prisma.TaskGetPayload<{ include: typeof DETAIL }>): TaskDetail {
  const delivery = row.deliveries[0];
  return {
    task: toTask(row),
    outputs: row.outputs.map(toOutput),
    // The CHECK constraint of `deliveries` holds the states.
    delivery: delivery
      ? {
          state: delivery.state as NonNullable<TaskDetail['delivery']>['state'],
          attempts: delivery.attempts,
        }
      : null,
  };
}
