import type { OutputLink } from '@app/tasks';

/** What the task endpoints need of the process that they run in. */
export class TaskSettings {
  constructor(
    /** The longest, and the default, deadline of a task. */
    readonly deadlineSeconds: number,
    readonly link: OutputLink,
    /** Called after each commit that gives the workers something to do. */
    readonly wakeWorkers: () => void,
    /** Called with what is our own fault, where a part of an answer tells of it and not the whole. */
    readonly onBug: (thrown: unknown, requestId: string) => void,
  ) {}
}
