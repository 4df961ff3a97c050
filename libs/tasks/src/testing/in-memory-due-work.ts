import { DueWork } from '../due-work.js';
import { isFinal } from '../states.js';
import type { Ring } from '../transition.js';
import type { InMemoryTaskStore } from './in-memory-task.store.js';

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
    const due = (ring: Omit<Ring, 'dueAt'>, dueAt: Date | null): Ring[] =>
      dueAt && dueAt < before ? [{ ...ring, dueAt }] : [];
    const attempts = [...this.store.attempts.values()];
    const kinds = [
      [...this.store.tasks.values()].flatMap(({ task, nextActionAt }) => {
        const step = task.status === 'archiving' ? 'archive' : 'submit';
        return due({ step, subject: task.id, ring: `again-${task.version}` }, nextActionAt);
      }),
      attempts.flatMap(({ taskId, number, state, leaseUntil }) => {
        const ring = { step: 'submit', subject: taskId, ring: `lease-${number}` } as const;
        return state === 'submitting' ? due(ring, leaseUntil) : [];
      }),
      attempts.flatMap(({ id, checks, state, nextCheckAt }) => {
        const ring = { step: 'check', subject: id, ring: `again-${checks}` } as const;
        return state === 'submitted' ? due(ring, nextCheckAt) : [];
      }),
      this.store.deliveries.flatMap(({ id, attempts: tries, state, nextAttemptAt }) => {
        const ring = { step: 'deliver', subject: id, ring: `again-${tries}` } as const;
        return state === 'pending' ? due(ring, nextAttemptAt) : [];
      }),
    ];
    return kinds.flatMap((rings) =>
      rings.toSorted((a, b) => Number(a.dueAt) - Number(b.dueAt)).slice(0, limit),
    );
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
}
