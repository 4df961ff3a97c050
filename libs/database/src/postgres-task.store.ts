import { isUnavailable } from '@app/errors';
import type { JsonObject } from '@app/providers';
import {
  type Attempt,
  type CheckNote,
  type CreateResult,
  type EraseResult,
  type KnownIdempotencyKey,
  type NewTask,
  OPEN_STATES,
  type OpenAttempt,
  type PartDetail,
  type StoredFacts,
  type Task,
  type TaskDetail,
  type TaskEvent,
  type TaskFilter,
  type TaskOutput,
  type TaskPaging,
  TaskStore,
  type Transition,
} from '@app/tasks';
import { statementFor } from './apply-transition.sql.js';
import { CommitGroups } from './commit-groups.js';
import { createTasks, mayBeOneRow } from './create-tasks.js';
import { FIND_KEYS } from './create-tasks.sql.js';
import type { Database } from './database.js';
import { countTasks, listTasks } from './list-tasks.js';
import { storableJson } from './storable-text.js';
import {
  DETAIL,
  toAttempt,
  toDetail,
  toOutput,
  toPartDetail,
  toTask,
  WITH_OUTPUTS,
} from './task-rows.js';
import {
  ERASE,
  MARKS,
  NOTE_CHECKS,
  NOTE_GATHERED,
  NOTE_HOOK,
  NOTE_PROGRESS,
  QUEUE_POSITION,
  TAKE_LEASE,
} from './tasks.sql.js';

/** Bounds of the groups in which new tasks are written; two, so that one can wait while one is committed. */
const GROUPS = { maxSize: 200, maxInFlight: 2 } as const;

export class PostgresTaskStore extends TaskStore {
  private readonly creates: CommitGroups<NewTask, CreateResult>;

  constructor(private readonly database: Database) {
    super();
    this.creates = new CommitGroups({
      write: async (bundles) => await createTasks(database, bundles),
      mayBeOneOf: mayBeOneRow,
      concernsAll: isUnavailable,
      ...GROUPS,
    });
  }

  async create(bundle: NewTask): Promise<CreateResult> {
    return await this.creates.add(bundle);
  }

  async findIdempotencyKey(tenantId: string, key: string): Promise<KnownIdempotencyKey | null> {
    const [row] = await this.database.query<{ fingerprint: Buffer; task_id: string }>(FIND_KEYS, [
      [tenantId],
      [key],
    ]);
    return row ? { fingerprint: row.fingerprint, taskId: row.task_id } : null;
  }

  async find(taskId: string): Promise<Task | null> {
    const row = await this.database.read(
      async (prisma) => await prisma.task.findUnique({ where: { id: taskId } }),
    );
    return row && toTask(row);
  }

  async findDetail(tenantId: string, taskId: string): Promise<TaskDetail | null> {
    const where = { id: taskId, tenantId, erasedAt: null };
    const row = await this.database.read(
      async (prisma) => await prisma.task.findFirst({ where, include: DETAIL }),
    );
    return row && toDetail(row);
  }

  async list(
    tenantId: string | null,
    filter: TaskFilter,
    paging: TaskPaging,
  ): Promise<readonly TaskDetail[]> {
    return await listTasks(this.database, tenantId, { filter, paging });
  }

  async count(tenantId: string | null, filter: TaskFilter, cap: number): Promise<number> {
    return await countTasks(this.database, tenantId, { filter, cap });
  }

  async queuePosition(task: Task, cap: number): Promise<number | null> {
    const [row] = await this.database.query<{ position: number }>(QUEUE_POSITION, [task.id, cap]);
    return row?.position ?? null;
  }

  async eventsOf(taskId: string, afterVersion: number): Promise<readonly TaskEvent[]> {
    return await this.database.query<TaskEvent & { [column: string]: unknown }>(
      `SELECT version, at, from_status AS "from", to_status AS "to", cause FROM task_events
       WHERE task_id = $1 AND version > $2 ORDER BY version`,
      [taskId, afterVersion],
    );
  }

  async marksOf(taskIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.database.query<{ id: string; mark: string }>(MARKS, [taskIds]);
    return new Map(rows.map(({ id, mark }) => [id, mark]));
  }

  async partsOf(taskId: string): Promise<readonly PartDetail[]> {
    const query = { where: { parentId: taskId }, include: WITH_OUTPUTS } as const;
    const rows = await this.database.read(
      async (prisma) => await prisma.task.findMany({ ...query, orderBy: { part: 'asc' } }),
    );
    return rows.map(toPartDetail);
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

  async erase(tenantId: string, taskId: string, now: Date): Promise<EraseResult> {
    const [row] = await this.database.query<{ erased: boolean; keys: string[] }>(ERASE, [
      tenantId,
      taskId,
      now,
    ]);
    return row?.erased ? { erased: true, outputKeys: row.keys } : { erased: false };
  }

  async openAttempt(taskId: string): Promise<Attempt | null> {
    const where = { taskId, state: { in: [...OPEN_STATES] } };
    const row = await this.database.read(
      async (prisma) => await prisma.attempt.findFirst({ where }),
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

  async findInFlight(attemptIds: readonly string[]): Promise<readonly OpenAttempt[]> {
    const where = { id: { in: [...attemptIds] }, state: { in: ['submitted', 'seeking'] } };
    const rows = await this.database.read(
      async (prisma) => await prisma.attempt.findMany({ where, include: { task: true } }),
    );
    return rows.map((row) => ({ task: toTask(row.task), attempt: toAttempt(row) }));
  }

  async findAttempt(attemptId: string): Promise<Attempt | null> {
    const row = await this.database.read(
      async (prisma) => await prisma.attempt.findUnique({ where: { id: attemptId } }),
    );
    return row && toAttempt(row);
  }

  async ownedVendorIds(provider: string, vendorIds: readonly string[]): Promise<readonly string[]> {
    const rows = await this.database.query<{ vendor_id: string }>(
      'SELECT DISTINCT vendor_id FROM attempts WHERE provider = $1 AND vendor_id = ANY($2::text[])',
      [provider, vendorIds],
    );
    return rows.map(({ vendor_id }) => vendor_id);
  }

  async unansweredBeside(attemptId: string): Promise<readonly OpenAttempt[]> {
    const own = await this.database.read(
      async (prisma) =>
        await prisma.attempt.findUnique({ where: { id: attemptId }, include: { task: true } }),
    );
    if (!own) return [];
    const { provider, task } = own;
    const where = {
      id: { not: attemptId },
      provider,
      state: { in: ['submitting', 'seeking'] },
      task: { model: task.model },
    };
    const rows = await this.database.read(
      async (prisma) => await prisma.attempt.findMany({ where, include: { task: true } }),
    );
    return rows.map((row) => ({ task: toTask(row.task), attempt: toAttempt(row) }));
  }

  async apply(transition: Transition): Promise<boolean> {
    const { text, values } = statementFor(transition);
    return (await this.database.query(text, values)).length > 0;
  }

  async noteProgress(taskId: string, progress: number): Promise<void> {
    await this.database.query(NOTE_PROGRESS, [taskId, progress]);
  }

  async noteGathered(rows: readonly Pick<Task, 'id' | 'status'>[]): Promise<void> {
    const statuses = rows.map(({ status }) => status);
    await this.database.query(NOTE_GATHERED, [rows.map(({ id }) => id), statuses]);
  }

  async renewLease(attemptId: string, owner: string, until: Date): Promise<boolean> {
    const renewed = await this.database.query(
      `UPDATE attempts SET lease_until = $3 WHERE id = $1 AND lease_owner = $2 AND state = 'submitting' RETURNING id`,
      [attemptId, owner, until],
    );
    return renewed.length > 0;
  }

  async takeLease(attemptId: string, owner: string, until: Date): Promise<boolean> {
    return (await this.database.query(TAKE_LEASE, [attemptId, owner, until])).length > 0;
  }

  async noteChecks(notes: readonly CheckNote[]): Promise<void> {
    if (notes.length === 0) return;
    await this.database.query(NOTE_CHECKS, [JSON.stringify(notes)]);
  }

  async noteHook(attemptId: string, handle: JsonObject | null, now: Date): Promise<void> {
    const told = handle ? storableJson(handle) : 'null';
    await this.database.query(NOTE_HOOK, [attemptId, told, now]);
  }
}
