import { QUEUED_STEPS, type QueuedStep } from '../queues.js';
import type { StepHandler } from '../step-workers.js';

/** Step handlers that note what they were called with; `onRun` may hold or fail a run. */
export class HandledSteps {
  readonly seen: { readonly step: QueuedStep; readonly subject: string }[] = [];
  private readonly changes = new EventTarget();

  constructor(private readonly onRun: StepHandler = async () => undefined) {}

  /** One handler for each step. */
  get handlers(): Readonly<Record<QueuedStep, StepHandler>> {
    const entries = QUEUED_STEPS.map((step) => [
      step,
      async (subject: string) => {
        this.seen.push({ step, subject });
        this.changes.dispatchEvent(new Event('run'));
        await this.onRun(subject);
      },
    ]);
    // Object.fromEntries forgets that every step has its entry.
    return Object.fromEntries(entries) as Record<QueuedStep, StepHandler>;
  }

  get subjects(): readonly string[] {
    return this.seen.map(({ subject }) => subject);
  }

  /** Resolves when so many runs have begun. */
  async until(runs: number): Promise<void> {
    while (this.seen.length < runs) {
      await new Promise((resolve) => {
        this.changes.addEventListener('run', resolve, { once: true });
      });
    }
  }
}
