import { DueWork } from '../due-work.js';
import { isFinal } from '../states.js';
import type { Ring } from '../transition.js';
import { type AttemptRow, type InMemoryTaskStore, isInFlight } from './in-memory-task.store.js';

/** Background work on the rows of an in-memory task store. */
export class InMemoryDueWork extends DueWork {
  constructor(private readonly store: InMemoryTaskStore) {
    super();
  }

  override async relay(
    limit: number,
    deliver: (rings: readonly Ring[]) => Promise<void>,
  ): Promise<number> {
    const taken = this.store.rings.splice(0, limit);
    try {
      if (taken.length > 0) await deliver(taken);
      return taken.length;
    } catch (error) {
      this.store.rings.unshift(...taken);
      throw error;
    }
  }

  override async overdue(before: Date, limit: number): Promise<readonly Ring[]> {
    return this.overdueNow(before, limit);
  }

  private overdueNow(before: Date, limit: number): readonly Ring[] {
    const kinds = [this.tasks(), this.leases(), this.gathers(), this.checks()];
    return kinds.flatMap((rings) =>
      rings
        .filter(({ dueAt }) => dueAt < before)
        .toSorted((a, b) => Number(a.dueAt) - Number(b.dueAt))
        .slice(0, limit),
    );
  }

  override async takeOverdue(
    before: Date,
    limit: number,
    leaseMs: number,
  ): Promise<readonly Ring[]> {
    const taken = this.overdueNow(before, limit);
    const until = new Date(Date.now() + leaseMs);
    for (const { step, subject, ring } of taken) {
      if (step === 'gather') {
        this.takeGathers(subject, until);
        continue;
      }
      const task = this.store.tasks.get(subject);
      const isLease = ring.startsWith('lease-');
      if (task && !isLease) this.store.tasks.set(subject, { ...task, nextActionAt: until });
      const attempt = this.store.attempts.get(subject);
      if (attempt) this.store.attempts.set(subject, { ...attempt, nextCheckAt: until });
    }
    return taken;
  }

  override async checksInFlight(afterAttemptId: string, limit: number): Promise<readonly Ring[]> {
    return this.checks()
      .filter(({ subject }) => subject > afterAttemptId)
      .toSorted((a, b) => (a.subject < b.subject ? -1 : 1))
      .slice(0, limit);
  }

  override async pastDeadline(now: Date, limit: number): Promise<readonly string[]> {
    return [...this.store.tasks.values()]
      .filter(({ task }) => !isFinal(task.status) && task.deadlineAt < now)
      .toSorted((a, b) => Number(a.task.deadlineAt) - Number(b.task.deadlineAt))
      .slice(0, limit)
      .map(({ task }) => task.id);
  }

  override async forgetIdempotencyKeys(now: Date, limit: number): Promise<number> {
    const expired = [...this.store.keys].filter(([, { expiresAt }]) => expiresAt < now);
    const forgotten = expired.slice(0, limit);
    for (const [key] of forgotten) this.store.keys.delete(key);
    return forgotten.length;
  }

  /** Those that wait for the dispatcher need no ring. */
  private tasks(): readonly Ring[] {
    return [...this.store.tasks.values()].flatMap(
      ({ task, nextActionAt: dueAt }): readonly Ring[] => {
        if (!dueAt || task.dispatchAt) return [];
        const { id: subject, version } = task;
        if (task.status === 'archiving') {
          const expiresAt = this.store.firstExpiryOf(subject);
          const ring = `again-${version}`;
          return [{ step: 'archive', subject, ring, dueAt, ...(expiresAt && { expiresAt }) }];
        }
        const ring = task.account === null ? `again-${version}` : `again-v${version}`;
        return [{ step: 'submit', subject, ring, dueAt }];
      },
    );
  }

  private gathers(): readonly Ring[] {
    return [...this.store.tasks.values()].flatMap(({ task, gatherAt: dueAt }): readonly Ring[] => {
      if (!dueAt) return [];
      const subject = task.part?.parentId ?? task.id;
      const ring = `again-p${task.part?.index ?? -1}-${task.status}`;
      return [{ step: 'gather', subject, ring, dueAt }];
    });
  }

  private takeGathers(taskId: string, until: Date): void {
    for (const [id, row] of this.store.tasks) {
      const isOfTask = id === taskId || row.task.part?.parentId === taskId;
      if (isOfTask && row.gatherAt) this.store.tasks.set(id, { ...row, gatherAt: until });
    }
  }

  private leases(): readonly Ring[] {
    return this.attempts().flatMap(({ taskId, number, state, leaseUntil: dueAt }) =>
      state === 'submitting' && dueAt
        ? [{ step: 'submit', subject: taskId, ring: `lease-${number}`, dueAt }]
        : [],
    );
  }

  private checks(): readonly Ring[] {
    return this.attempts().flatMap(({ id, checks, state, nextCheckAt: dueAt }) =>
      isInFlight(state) && dueAt
        ? [{ step: 'check', subject: id, ring: `again-${checks}`, dueAt }]
        : [],
    );
  }

  private attempts(): readonly AttemptRow[] {
    return [...this.store.attempts.values()];
  }
}
