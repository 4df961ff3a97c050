import { TaskSignals } from '../task-signals.js';

/** Keeps what was told. */
export class RecordingSignals extends TaskSignals {
  readonly told: string[] = [];

  override tell(taskIds: readonly string[]): void {
    this.told.push(...taskIds);
  }
}
