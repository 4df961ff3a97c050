import {
  isFinal,
  type OutputLink,
  type PresentedTask,
  presentTask,
  type TaskDetail,
} from '@app/tasks';

export interface TaskView extends PresentedTask {
  /** 1 for the next one; only while it is queued. */
  readonly queuePosition?: number;
  readonly callback?: { readonly state: string; readonly attempts: number };
}

/** The detail object of a task; `callback` tells of the last event's delivery. */
export function taskView({ task, outputs, delivery }: TaskDetail, link: OutputLink): TaskView {
  const presented = presentTask(task, outputs, link);
  if (!task.callback) return presented;
  if (delivery)
    return { ...presented, callback: { state: delivery.state, attempts: delivery.attempts } };
  return isFinal(task.status)
    ? presented
    : { ...presented, callback: { state: 'pending', attempts: 0 } };
}
