/**
 * "This task changed": told to every process that may have somebody waiting for it. Only saves time;
 * a signal may be lost, so who waits also looks at the rows now and then.
 */
export abstract class TaskSignals {
  /** Returns at once; a queue that is away is no error. */
  abstract tell(taskIds: readonly string[]): void;
}
