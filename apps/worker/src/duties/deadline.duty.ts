import type { DueWork, EndOverdue } from '@app/tasks';
import type { Logger } from '@app/observability';
import type { Duty } from './duty.js';

/** Ends tasks whose deadline is over. */
export class DeadlineDuty implements Duty {
  readonly name = 'deadline';
  readonly everyMs = 1_000;

  constructor(
    private readonly work: DueWork,
    private readonly overdue: EndOverdue,
    private readonly logger: Logger,
    private readonly shutdown: AbortSignal,
  ) {}

  async runOnce(): Promise<boolean> {
    const taskIds = await this.work.pastDeadline(new Date(), LIMIT);
    const ended = await Promise.allSettled(
      taskIds.map(async (taskId) => await this.overdue.run(taskId, this.shutdown)),
    );
    const failures = ended.filter(({ status }) => status === 'rejected');
    // One that cannot be ended must not hold up those behind it; it is tried again with the next turn.
    for (const err of failures)
      this.logger.error(err, 'a task past its deadline could not be ended');
    return taskIds.length === LIMIT && failures.length === 0;
  }
}

const LIMIT = 100;
