import type { Delivery } from '@app/callbacks';
import type { TaskStatus } from '../states.js';
import type { Attempt, StoredFacts, Task, TaskOutput } from '../task.js';
import {
  type KnownIdempotencyKey,
  type NewIdempotencyKey,
  type NewTask,
  type OpenAttempt,
  type TaskDetail,
  type TaskPage,
  TaskStore,
} from '../task.store.js';
import type { AttemptChange, Ring, Transition } from '../transition.js';

export interface TaskRow {
  readonly task: Task;
  readonly nextActionAt: Date | null;
}

export interface AttemptRow extends Attempt {
  readonly leaseOwner: string | null;
  readonly vendorId: string | null;
  readonly nextCheckAt: Date | null;
  readonly finishedAt: Date | null;
  readonly error: string | null;
}

/** One version in a task's history. */
export interface TaskEvent {
  readonly version: number;
  readonly from: TaskStatus | '';
  readonly to: TaskStatus;
  readonly cause: string;
}

export interface KeyRow extends NewIdempotencyKey {
  readonly taskId: string;
}

/** The store's promises on a few maps; the contract suite keeps it honest. */
export class InMemoryTaskStore extends TaskStore {
  readonly tasks = new Map<string, TaskRow>();
  readonly attempts = new Map<string, AttemptRow>();
  readonly deliveries: Delivery[] = [];
  /** What waits in the outbox. */
  readonly rings: Ring[] = [];
  readonly keys = new Map<string, KeyRow>();
  private readonly outputs = new Map<string, readonly TaskOutput[]>();
  private readonly events = new Map<string, readonly TaskEvent[]>();

  override async create({ task, idempotency, rings }: NewTask) {
    const known = idempotency && this.liveKey(task.tenantId, idempotency.key);
    if (known) return known;
    if (idempotency) {
      const { id: taskId, tenantId } = task;
      this.keys.set(keyOf(tenantId, idempotency.key), { ...idempotency, taskId });
    }
    this.tasks.set(task.id, { task, nextActionAt: task.createdAt });
    this.note(task, { from: '', cause: 'created' });
    this.rings.push(...rings);
    return 'created' as const;
  }

  override async findIdempotencyKey(tenantId: string, key: string) {
    return this.liveKey(tenantId, key);
  }

  override async find(taskId: string): Promise<Task | null> {
    return this.tasks.get(taskId)?.task ?? null;
  }

  override async findDetail(tenantId: string, taskId: string): Promise<TaskDetail | null> {
    const task = await this.find(taskId);
    return task?.tenantId === tenantId ? this.detail(task) : null;
  }

  override async list(
    tenantId: string,
    { page, size, cap, status }: Parameters<TaskStore['list']>[1],
  ): Promise<TaskPage> {
    const mine = [...this.tasks.values()]
      .map(({ task }) => task)
      .filter((task) => task.tenantId === tenantId && (!status || task.status === status))
      .toSorted((a, b) => (a.id < b.id ? 1 : -1));
    const shown = mine.slice((page - 1) * size, page * size);
    return {
      tasks: shown.map((task) => this.detail(task)),
      total: Math.min(mine.length, cap),
    };
  }

  override async outputsOf(taskId: string): Promise<readonly TaskOutput[]> {
    return this.outputs.get(taskId) ?? [];
  }

  override async findStoredOutput(outputId: string, now: Date): Promise<StoredFacts | null> {
    const all = [...this.outputs.values()].flat();
    return all.find(({ id, expireAt }) => id === outputId && expireAt > now)?.stored ?? null;
  }

  override async openAttempt(taskId: string): Promise<Attempt | null> {
    const attempts = await this.attemptsOf(taskId);
    return attempts.find(({ state }) => state === 'submitting' || state === 'submitted') ?? null;
  }

  override async attemptsOf(taskId: string): Promise<readonly Attempt[]> {
    return [...this.attempts.values()]
      .filter((attempt) => attempt.taskId === taskId)
      .toSorted((a, b) => a.number - b.number)
      .map(toAttempt);
  }

  override async findSubmitted(attemptId: string): Promise<OpenAttempt | null> {
    const attempt = this.attempts.get(attemptId);
    const task = attempt && (await this.find(attempt.taskId));
    return task && attempt.state === 'submitted' ? { task, attempt: toAttempt(attempt) } : null;
  }

  override async apply(transition: Transition): Promise<boolean> {
    const { from, to, nextActionAt, newAttempt, attempt, outputs, delivery, rings } = transition;
    const current = this.tasks.get(from.id)?.task;
    if (current?.version !== from.version) return false;
    const progress = Math.max(current.progress, to.progress);
    this.tasks.set(to.id, { task: { ...to, progress }, nextActionAt });
    if (newAttempt) {
      const state = 'submitting' as const;
      this.attempts.set(newAttempt.id, { ...UNSENT, ...newAttempt, taskId: to.id, state });
    }
    if (attempt) this.change(attempt);
    this.keepOutputs(to.id, outputs ?? []);
    if (delivery) this.deliveries.push(delivery);
    this.rings.push(...(rings ?? []));
    this.note(to, { from: from.status, cause: transition.cause });
    return true;
  }

  override async renewLease(attemptId: string, owner: string, until: Date): Promise<boolean> {
    const attempt = this.attempts.get(attemptId);
    if (attempt?.state !== 'submitting' || attempt.leaseOwner !== owner) return false;
    this.attempts.set(attemptId, { ...attempt, leaseUntil: until });
    return true;
  }

  override async noteCheck(
    attemptId: string,
    { checks, nextCheckAt, progress }: Parameters<TaskStore['noteCheck']>[1],
  ): Promise<void> {
    const attempt = this.attempts.get(attemptId);
    if (attempt?.state !== 'submitted') return;
    this.attempts.set(attemptId, { ...attempt, checks, nextCheckAt });
    const row = this.tasks.get(attempt.taskId);
    if (row?.task.status !== 'handling') return;
    const task = { ...row.task, progress: Math.max(row.task.progress, progress ?? 0) };
    this.tasks.set(task.id, { ...row, task });
  }

  /** The task's history, oldest first. */
  eventsOf(taskId: string): readonly TaskEvent[] {
    return this.events.get(taskId) ?? [];
  }

  private liveKey(tenantId: string, key: string): KnownIdempotencyKey | null {
    const row = this.keys.get(keyOf(tenantId, key));
    if (!row || row.expiresAt <= new Date()) return null;
    return { fingerprint: row.fingerprint, taskId: row.taskId };
  }

  private detail(task: Task): TaskDetail {
    const last = this.deliveries.findLast(({ taskId }) => taskId === task.id);
    return {
      task,
      outputs: this.outputs.get(task.id) ?? [],
      delivery: last ? { state: last.state, attempts: last.attempts } : null,
    };
  }

  private change({ id, ...change }: AttemptChange): void {
    const attempt = this.attempts.get(id);
    if (!attempt) return;
    const settled = { leaseOwner: null, leaseUntil: null, nextCheckAt: null };
    this.attempts.set(id, { ...attempt, ...settled, ...change });
  }

  private keepOutputs(taskId: string, changed: readonly TaskOutput[]): void {
    const kept = new Map((this.outputs.get(taskId) ?? []).map((output) => [output.index, output]));
    for (const output of changed) {
      const known = kept.get(output.index);
      kept.set(output.index, known ? { ...known, stored: output.stored } : output);
    }
    this.outputs.set(
      taskId,
      [...kept.values()].toSorted((a, b) => a.index - b.index),
    );
  }

  private note(task: Task, { from, cause }: Pick<TaskEvent, 'from' | 'cause'>): void {
    const event = { version: task.version, from, to: task.status, cause };
    this.events.set(task.id, [...this.eventsOf(task.id), event]);
  }
}

const UNSENT = {
  checks: 0,
  handle: null,
  vendorId: null,
  submittedAt: null,
  nextCheckAt: null,
  finishedAt: null,
  error: null,
};

const keyOf = (tenantId: string, key: string): string => JSON.stringify([tenantId, key]);

function toAttempt(row: AttemptRow): Attempt {
  const { id, taskId, number, account, state, leaseUntil, handle, checks, startedAt } = row;
  const { submittedAt } = row;
  return {
    id,
    taskId,
    number,
    account,
    state,
    leaseUntil,
    handle,
    checks,
    startedAt,
    submittedAt,
  };
}
