import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '@app/errors';
import type { Logger, Metrics } from '@app/observability';
import type { Durations } from './durations.js';
import type { MoveContext } from './moves.js';
import type { OutputLink } from './present-task.js';
import { isFinal } from './states.js';
import type { TaskStore } from './task.store.js';
import type { Transition } from './transition.js';
import type { Vendors } from './vendors.js';

/** What the steps of a task share. */
export class StepTools {
  constructor(
    readonly store: TaskStore,
    readonly vendors: Vendors,
    readonly durations: Durations,
    readonly link: OutputLink,
    readonly logger: Logger,
    private readonly metrics: Metrics,
    /** Called when a commit left rings in the outbox, so that nobody waits for the relay's next look. */
    private readonly onRings: () => void,
    /** Between two tries to reach Postgres. */
    private readonly pause: () => Promise<void> = async () => await delay(RETRY_MS),
  ) {}

  /**
   * Commits what a step found out. While Postgres is away it waits: the vendor's answer exists only
   * here, and losing it would mean paying for nothing. Somebody else's earlier change wins quietly.
   */
  async commit(build: (context: MoveContext) => Transition): Promise<void> {
    for (;;) {
      const transition = build({ now: new Date(), link: this.link });
      try {
        const won = await this.store.apply(transition);
        if (won) this.tell(transition);
        return;
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        this.logger.warn(
          { taskId: transition.from.id, err: error },
          'waiting for Postgres to record a step',
        );
        await this.pause();
      }
    }
  }

  private tell({ to, cause, rings }: Transition): void {
    if (rings?.length) this.onRings();
    this.logger.info({ taskId: to.id, status: to.status, cause }, 'task moved');
    if (isFinal(to.status)) this.metrics.tasksFinished.inc({ model: to.model, result: to.status });
  }
}

const RETRY_MS = 250;
