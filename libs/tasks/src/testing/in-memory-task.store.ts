import type { Delivery } from '@app/callbacks';
import type { JsonObject } from '@app/providers';
import type { Transfer } from '@app/tenants';
import { firstActionAt } from '../new-task.js';
import { isFinal } from '../states.js';
import {
  type Attempt,
  type AttemptState,
  OPEN_STATES,
  type StoredFacts,
  type Task,
  type TaskOutput,
} from '../task.js';
import {
  type CheckNote,
  type CreateResult,
  type EraseResult,
  type KnownIdempotencyKey,
  type NewIdempotencyKey,
  type NewTask,
  type OpenAttempt,
  type PartDetail,
  type TaskDetail,
  type TaskEvent,
  type TaskFilter,
  type TaskPaging,
  TaskStore,
} from '../task.store.js';
import { holdOf } from '../transfers.js';
import type { AttemptChange, GatheredOutputs, Ring, Transition } from '../transition.js';

export interface TaskRow {
  readonly task: Task;
  readonly nextActionAt: Date | null;
  readonly erasedAt?: Date;
  /** Since when it waits to be gathered. */
  readonly gatherAt?: Date | null;
}

export interface AttemptRow extends Attempt {
  readonly vendorId: string | null;
  readonly finishedAt: Date | null;
  readonly error: string | null;
}

export interface KeyRow extends NewIdempotencyKey {
  readonly taskId: string;
}

/** Whether the vendor has the job, or may have it. */
export const isInFlight = (state: AttemptState): boolean =>
  state === 'submitted' || state === 'seeking';

/** The store's promises on a few maps; the contract suite keeps it honest. */
export class InMemoryTaskStore extends TaskStore {
  readonly tasks = new Map<string, TaskRow>();
  readonly attempts = new Map<string, AttemptRow>();
  readonly deliveries: Delivery[] = [];
  /** What waits in the outbox. */
  readonly rings: Ring[] = [];
  /** What the ledger was told. */
  readonly transfers: Transfer[] = [];
  readonly keys = new Map<string, KeyRow>();
  private readonly outputs = new Map<string, readonly TaskOutput[]>();
  private readonly events = new Map<string, readonly TaskEvent[]>();
  private readonly hooked = new Set<string>();

  override async create(bundle: NewTask): Promise<CreateResult> {
    const { task, parts, idempotency, maxQueued } = bundle;
    const known = idempotency && this.liveKey(task.tenantId, idempotency.key);
    if (known) return known;
    if (maxQueued !== null && this.unfinishedOf(task.tenantId) >= maxQueued) return 'queue-full';
    if (idempotency) {
      const { id: taskId, tenantId } = task;
      this.keys.set(keyOf(tenantId, idempotency.key), { ...idempotency, taskId });
    }
    this.tasks.set(task.id, { task, nextActionAt: firstActionAt(task) });
    for (const part of parts ?? []) {
      const erasedAt = task.createdAt;
      this.tasks.set(part.id, { task: part, nextActionAt: part.deadlineAt, erasedAt });
    }
    for (const made of [task, ...(parts ?? [])])
      this.note(made, { at: made.createdAt, from: '', cause: 'created' });
    const hold = bundle.hold ?? holdOf(task);
    if (hold) this.transfers.push(hold);
    return 'created';
  }

  override async findIdempotencyKey(tenantId: string, key: string) {
    return this.liveKey(tenantId, key);
  }

  override async find(taskId: string): Promise<Task | null> {
    return this.tasks.get(taskId)?.task ?? null;
  }

  override async findDetail(tenantId: string, taskId: string): Promise<TaskDetail | null> {
    const row = this.tasks.get(taskId);
    return row?.task.tenantId === tenantId && !row.erasedAt ? this.detail(row.task) : null;
  }

  override async list(
    tenantId: string | null,
    filter: TaskFilter,
    paging: TaskPaging,
  ): Promise<readonly TaskDetail[]> {
    const found = this.matching(tenantId, filter).toSorted((a, b) => (a.id < b.id ? 1 : -1));
    const { size } = paging;
    if ('skip' in paging) {
      return found.slice(paging.skip, paging.skip + size).map((task) => this.detail(task));
    }
    if ('newerThan' in paging) {
      const { newerThan } = paging;
      return found
        .toReversed()
        .filter(({ id }) => newerThan === null || id > newerThan)
        .slice(0, size)
        .map((task) => this.detail(task));
    }
    const { olderThan } = paging;
    return found
      .filter(({ id }) => olderThan === null || id < olderThan)
      .slice(0, size)
      .map((task) => this.detail(task));
  }

  override async count(tenantId: string | null, filter: TaskFilter, cap: number): Promise<number> {
    return Math.min(cap, this.matching(tenantId, filter).length);
  }

  override async queuePosition(task: Task, cap: number): Promise<number | null> {
    const own = this.tasks.get(task.id);
    const row = own?.task.parts
      ? this.partsWith(task.id).find((part) => part.task.dispatchAt)
      : own;
    if (!row?.task.dispatchAt) return null;
    const before = [...this.tasks.values()].filter(
      ({ task: other }) =>
        other.dispatchAt &&
        other.tenantId === task.tenantId &&
        other.provider === task.provider &&
        isBefore(other, row.task),
    );
    return Math.min(cap, before.length + 1);
  }

  override async eventsOf(taskId: string, afterVersion: number): Promise<readonly TaskEvent[]> {
    return (this.events.get(taskId) ?? []).filter(({ version }) => version > afterVersion);
  }

  override async marksOf(taskIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const marks = new Map<string, string>();
    for (const id of taskIds) {
      const task = this.tasks.get(id)?.task;
      if (!task) continue;
      const told = this.deliveries
        .filter(({ taskId }) => taskId === id)
        .map(({ attempts, state }) => 2 * attempts + (state === 'pending' ? 0 : 1));
      const sum = told.reduce((total, one) => total + one, task.version * 1000 + task.progress);
      marks.set(id, String(sum));
    }
    return marks;
  }

  override async partsOf(taskId: string): Promise<readonly PartDetail[]> {
    return this.partsWith(taskId).map(({ task }) => ({
      task,
      outputs: this.outputs.get(task.id) ?? [],
    }));
  }

  override async outputsOf(taskId: string): Promise<readonly TaskOutput[]> {
    return this.outputs.get(taskId) ?? [];
  }

  override async findStoredOutput(outputId: string, now: Date): Promise<StoredFacts | null> {
    const all = [...this.outputs.values()].flat();
    return all.find(({ id, expireAt }) => id === outputId && expireAt > now)?.stored ?? null;
  }

  override async erase(tenantId: string, taskId: string, now: Date): Promise<EraseResult> {
    const row = this.tasks.get(taskId);
    if (row?.task.tenantId !== tenantId || !isFinal(row.task.status) || row.erasedAt)
      return { erased: false };
    const task = { ...row.task, input: {}, request: {}, media: [], metadata: {} };
    this.tasks.set(taskId, { ...row, task, erasedAt: now });
    for (const part of this.partsWith(taskId)) {
      const emptied = { ...part.task, input: {}, request: {}, media: [] };
      this.tasks.set(emptied.id, { ...part, task: emptied });
    }
    const outputs = this.outputs.get(taskId) ?? [];
    this.outputs.set(
      taskId,
      outputs.map((output) => ({ ...output, source: null, expireAt: now })),
    );
    return {
      erased: true,
      outputKeys: outputs.flatMap(({ stored }) => (stored ? [stored.key] : [])),
    };
  }

  override async openAttempt(taskId: string): Promise<Attempt | null> {
    const attempts = await this.attemptsOf(taskId);
    return attempts.find(({ state }) => isOpen(state)) ?? null;
  }

  override async attemptsOf(taskId: string): Promise<readonly Attempt[]> {
    return [...this.attempts.values()]
      .filter((attempt) => attempt.taskId === taskId)
      .toSorted((a, b) => a.number - b.number)
      .map(toAttempt);
  }

  override async findInFlight(attemptIds: readonly string[]): Promise<readonly OpenAttempt[]> {
    return attemptIds.flatMap((id) => {
      const attempt = this.attempts.get(id);
      const task = attempt && this.tasks.get(attempt.taskId)?.task;
      return task && isInFlight(attempt.state) ? [{ task, attempt: toAttempt(attempt) }] : [];
    });
  }

  override async findAttempt(attemptId: string): Promise<Attempt | null> {
    const attempt = this.attempts.get(attemptId);
    return attempt ? toAttempt(attempt) : null;
  }

  override async ownedVendorIds(
    provider: string,
    vendorIds: readonly string[],
  ): Promise<readonly string[]> {
    const owned = new Set(
      [...this.attempts.values()]
        .filter(({ taskId }) => this.tasks.get(taskId)?.task.provider === provider)
        .map(({ vendorId }) => vendorId),
    );
    return vendorIds.filter((id) => owned.has(id));
  }

  override async unansweredBeside(attemptId: string): Promise<readonly OpenAttempt[]> {
    const own = this.attempts.get(attemptId);
    const of = own && this.tasks.get(own.taskId)?.task;
    return [...this.attempts.values()].flatMap((attempt) => {
      const task = this.tasks.get(attempt.taskId)?.task;
      const isOpen = attempt.state === 'submitting' || attempt.state === 'seeking';
      if (!task || !isOpen || attempt.id === attemptId) return [];
      const isAlike = task.provider === of?.provider && task.model === of.model;
      return isAlike ? [{ task, attempt: toAttempt(attempt) }] : [];
    });
  }

  override async apply(transition: Transition): Promise<boolean> {
    const { from, to, nextActionAt, newAttempt, attempt, outputs, gathered, delivery, rings } =
      transition;
    const row = this.tasks.get(from.id);
    const current = row?.task;
    if (current?.version !== from.version) return false;
    const progress = Math.max(current.progress, to.progress);
    const isNews = to.status !== from.status && (to.part ?? (to.parts && isFinal(to.status)));
    const gatherAt = isNews ? transition.at : (row?.gatherAt ?? null);
    this.tasks.set(to.id, { ...row, task: { ...to, progress }, nextActionAt, gatherAt });
    if (newAttempt) {
      const state = 'submitting' as const;
      this.attempts.set(newAttempt.id, { ...UNSENT, ...newAttempt, taskId: to.id, state });
    }
    if (attempt) this.change(attempt);
    this.keepOutputs(to.id, outputs ?? []);
    if (gathered) this.gatherOutputs(to.id, gathered, transition.at);
    if (delivery) this.deliveries.push(delivery);
    this.rings.push(...(rings ?? []));
    this.transfers.push(...(transition.transfers ?? []));
    this.note(to, { at: transition.at, from: from.status, cause: transition.cause });
    return true;
  }

  override async noteProgress(taskId: string, progress: number): Promise<void> {
    const row = this.tasks.get(taskId);
    if (row?.task.status !== 'handling' || row.task.progress >= progress) return;
    this.tasks.set(taskId, { ...row, task: { ...row.task, progress } });
  }

  override async noteGathered(rows: readonly Pick<Task, 'id' | 'status'>[]): Promise<void> {
    for (const { id, status } of rows) {
      const row = this.tasks.get(id);
      if (row?.task.status === status) this.tasks.set(id, { ...row, gatherAt: null });
    }
  }

  override async renewLease(attemptId: string, owner: string, until: Date): Promise<boolean> {
    const attempt = this.attempts.get(attemptId);
    if (attempt?.state !== 'submitting' || attempt.leaseOwner !== owner) return false;
    this.attempts.set(attemptId, { ...attempt, leaseUntil: until });
    return true;
  }

  override async takeLease(attemptId: string, owner: string, until: Date): Promise<boolean> {
    const attempt = this.attempts.get(attemptId);
    const isLapsed = !attempt?.leaseUntil || attempt.leaseUntil.getTime() <= Date.now();
    if (attempt?.state !== 'submitting' || !isLapsed) return false;
    this.attempts.set(attemptId, { ...attempt, leaseOwner: owner, leaseUntil: until });
    return true;
  }

  override async noteChecks(notes: readonly CheckNote[]): Promise<void> {
    for (const note of notes) this.noteCheck(note);
  }

  override async noteHook(attemptId: string, handle: JsonObject | null, now: Date): Promise<void> {
    const attempt = this.attempts.get(attemptId);
    if (!attempt || !isOpen(attempt.state) || this.hooked.has(attemptId)) return;
    this.hooked.add(attemptId);
    this.attempts.set(attemptId, { ...attempt, hookHandle: handle });
    this.rings.push({ step: 'check', subject: attemptId, ring: 'hook', dueAt: now });
  }

  /** When the first of the vendor's links dies. */
  firstExpiryOf(taskId: string): Date | null {
    const times = (this.outputs.get(taskId) ?? []).flatMap(({ source }) => source?.expiresAt ?? []);
    return times.toSorted((a, b) => Number(a) - Number(b))[0] ?? null;
  }

  private noteCheck({ attemptId, checks, nextCheckAt, progress }: CheckNote): void {
    const attempt = this.attempts.get(attemptId);
    if (!attempt || !isInFlight(attempt.state)) return;
    this.attempts.set(attemptId, { ...attempt, checks, nextCheckAt });
    const row = this.tasks.get(attempt.taskId);
    if (row?.task.status !== 'handling') return;
    const task = { ...row.task, progress: Math.max(row.task.progress, progress ?? 0) };
    this.tasks.set(task.id, { ...row, task });
    const { part, version } = task;
    if (!part || task.progress === row.task.progress) return;
    const ring = `p${part.index}-v${version}-${task.progress}`;
    this.rings.push({ step: 'gather', subject: part.parentId, ring, dueAt: new Date() });
  }

  private partsWith(taskId: string): readonly TaskRow[] {
    return [...this.tasks.values()]
      .filter(({ task }) => task.part?.parentId === taskId)
      .toSorted((a, b) => (a.task.part?.index ?? 0) - (b.task.part?.index ?? 0));
  }

  private gatherOutputs(taskId: string, { taken, droppedOf }: GatheredOutputs, at: Date): void {
    const all = [...this.outputs.values()].flat();
    const own = taken.flatMap(({ id, index }) => {
      const output = all.find((one) => one.id === id);
      return output ? [{ ...output, index }] : [];
    });
    for (const [owner, outputs] of this.outputs)
      this.outputs.set(
        owner,
        outputs.filter(({ id }) => !taken.some((one) => one.id === id)),
      );
    if (own.length > 0) this.outputs.set(taskId, own);
    for (const part of droppedOf) {
      const outputs = this.outputs.get(part) ?? [];
      this.outputs.set(
        part,
        outputs.map((output) => ({ ...output, source: null, expireAt: at })),
      );
    }
  }

  private unfinishedOf(tenantId: string): number {
    const own = [...this.tasks.values()].filter(
      ({ task }) => task.tenantId === tenantId && !task.part,
    );
    return own.filter(({ nextActionAt }) => nextActionAt !== null).length;
  }

  private matching(tenantId: string | null, filter: TaskFilter): readonly Task[] {
    return [...this.tasks.values()]
      .filter(({ erasedAt }) => !erasedAt)
      .map(({ task }) => task)
      .filter((task) => tenantId === null || task.tenantId === tenantId)
      .filter((task) => passes(task, filter));
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
      const { stored, source } = output;
      kept.set(output.index, known ? { ...known, stored, source } : output);
    }
    this.outputs.set(
      taskId,
      [...kept.values()].toSorted((a, b) => a.index - b.index),
    );
  }

  private note(task: Task, event: Pick<TaskEvent, 'at' | 'from' | 'cause'>): void {
    const noted = { ...event, version: task.version, to: task.status };
    this.events.set(task.id, [...(this.events.get(task.id) ?? []), noted]);
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
  seekUntil: null,
  hookHandle: null,
};

const keyOf = (tenantId: string, key: string): string => JSON.stringify([tenantId, key]);

const isOpen = (state: AttemptState): boolean => OPEN_STATES.some((open) => open === state);

function isBefore(a: Task, b: Task): boolean {
  const difference = a.sortAt.getTime() - b.sortAt.getTime();
  return difference < 0 || (difference === 0 && a.id < b.id);
}

function passes(task: Task, filter: TaskFilter): boolean {
  const { status, model, models, createdAfter, createdBefore, metadata = {} } = filter;
  return (
    (status === undefined || task.status === status) &&
    (model === undefined || task.model === model) &&
    (models === undefined || models.includes(task.model)) &&
    (!createdAfter || task.createdAt > createdAfter) &&
    (!createdBefore || task.createdAt < createdBefore) &&
    Object.entries(metadata).every(([name, value]) => task.metadata[name] === value)
  );
}

function toAttempt(row: AttemptRow): Attempt {
  const { vendorId: _, finishedAt: __, error: ___, ...attempt } = row;
  return attempt;
}
