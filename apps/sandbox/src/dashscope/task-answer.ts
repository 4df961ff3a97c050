import type { Order } from '../directions/order.js';
import { REJECTED } from './dashscope-error.js';
import type { HappyHorseJob } from './happyhorse-body.js';
import { LINK_LIFE_MS } from './qwen-image.js';

/** One video task. Its status follows from the clock; nothing runs meanwhile. */
export interface VideoTask {
  readonly id: string;
  readonly job: HappyHorseJob;
  readonly order: Order;
  /** Unix milliseconds. */
  readonly submittedAt: number;
  readonly ending: 'SUCCEEDED' | 'FAILED' | 'rejected';
  /** Statuses that the first polls show whatever the clock says: `regress`, `unknown-status`. */
  readonly scriptedPolls: string[];
  /** The result object's name. */
  readonly result: string;
  canceledAt: number | null;
}

/** The first part of the work time is waiting in the queue. */
const QUEUE_SHARE = 0.25;

export const startedAt = (task: VideoTask): number =>
  task.submittedAt + task.order.workMs * QUEUE_SHARE;
export const finishedAt = (task: VideoTask): number => task.submittedAt + task.order.workMs;

/** Pure. */
export function taskStatus(task: VideoTask, now: number): string {
  if (now > finishedAt(task) + LINK_LIFE_MS) return 'UNKNOWN';
  if (task.canceledAt !== null) return 'CANCELED';
  if (now < startedAt(task)) return 'PENDING';
  if (now < finishedAt(task)) return 'RUNNING';
  return task.ending === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
}

/** Pure. `output` and `usage` of a poll. */
export function taskAnswer(
  task: VideoTask,
  status: string,
  videoUrl: () => string,
): Readonly<Record<string, unknown>> {
  const times = {
    submit_time: beijingTime(task.submittedAt),
    ...(status === 'PENDING' ? {} : { scheduled_time: beijingTime(startedAt(task)) }),
  };
  const output = { task_id: task.id, task_status: status };
  switch (status) {
    case 'SUCCEEDED':
      return {
        output: {
          ...output,
          ...times,
          ...ended(task),
          orig_prompt: task.job.prompt,
          video_url: videoUrl(),
        },
        usage: usage(task.job),
      };
    case 'FAILED':
      return { output: { ...output, ...times, ...ended(task), ...failure(task) } };
    case 'UNKNOWN':
      return { output };
    default:
      return { output: { ...output, ...times } };
  }
}

const ended = (task: VideoTask): Readonly<Record<string, string>> => ({
  end_time: beijingTime(finishedAt(task)),
});

const failure = (task: VideoTask): Readonly<Record<string, string>> =>
  task.ending === 'rejected'
    ? REJECTED
    : { code: 'InternalError', message: 'Internal error, the task could not be finished.' };

function usage(job: HappyHorseJob): Readonly<Record<string, unknown>> {
  return {
    duration: job.duration,
    input_video_duration: 0,
    output_video_duration: job.duration,
    video_count: 1,
    SR: Number.parseInt(job.resolution, 10),
    ratio: job.ratio,
  };
}

/** `2026-04-20 17:55:17.075`, eight hours ahead of UTC and without saying so. */
function beijingTime(unixMs: number): string {
  return new Date(unixMs + 8 * 3_600_000).toISOString().replace('T', ' ').replace('Z', '');
}
