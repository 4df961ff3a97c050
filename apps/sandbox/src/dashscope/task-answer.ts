import type { Order } from '../directions/order.js';
import { REJECTED } from './dashscope-error.js';
import { filmUsage, pictureUsage } from './task-usage.js';
import type { Job } from './jobs.js';
import { LINK_LIFE_MS } from './qwen-image.js';

/** One task. Its status follows from the clock; nothing runs meanwhile. */
export interface AsyncTask {
  readonly id: string;
  readonly job: Job;
  readonly order: Order;
  /** Unix milliseconds. */
  readonly submittedAt: number;
  readonly ending: 'SUCCEEDED' | 'FAILED' | 'rejected';
  /** Statuses that the first polls show whatever the clock says: `regress`, `unknown-status`. */
  readonly scriptedPolls: string[];
  /** Names of the result objects; of pictures fewer than were ordered when one fails. */
  readonly results: readonly string[];
  canceledAt: number | null;
}

/** The first part of the work time is waiting in the queue. */
const QUEUE_SHARE = 0.25;

export const startedAt = (task: AsyncTask): number =>
  task.submittedAt + task.order.workMs * QUEUE_SHARE;
export const finishedAt = (task: AsyncTask): number => task.submittedAt + task.order.workMs;

/** Pure. */
export function taskStatus(task: AsyncTask, now: number): string {
  if (now > finishedAt(task) + LINK_LIFE_MS) return 'UNKNOWN';
  if (task.canceledAt !== null) return 'CANCELED';
  if (now < startedAt(task)) return 'PENDING';
  if (now < finishedAt(task)) return 'RUNNING';
  return task.ending === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
}

type Answer = Readonly<Record<string, unknown>>;

/** Pure. `output` and `usage` of a poll. */
export function taskAnswer(
  task: AsyncTask,
  status: string,
  links: () => readonly string[],
): Answer {
  const times = {
    submit_time: beijingTime(task.submittedAt),
    ...(status === 'PENDING' ? {} : { scheduled_time: beijingTime(startedAt(task)) }),
  };
  const output = { task_id: task.id, task_status: status };
  switch (status) {
    case 'SUCCEEDED':
      return success(task, { ...output, ...times, ...ended(task) }, links());
    case 'FAILED':
      return { output: { ...output, ...times, ...ended(task), ...failure(task) } };
    case 'UNKNOWN':
      return { output };
    default:
      return { output: { ...output, ...times } };
  }
}

function success({ job }: AsyncTask, output: Answer, links: readonly string[]): Answer {
  if (job.kind === 'film') {
    const prompt = job.prompt === '' ? {} : { orig_prompt: job.prompt };
    return { output: { ...output, ...prompt, video_url: links[0] }, usage: filmUsage(job) };
  }
  const failed = job.n - links.length;
  const metrics = { TOTAL: job.n, SUCCEEDED: links.length, FAILED: failed };
  const usage = pictureUsage(job, links.length);
  if (job.isMessage) {
    const content = links.map((image) => ({ type: 'image', image }));
    const choices = [{ finish_reason: 'stop', message: { role: 'assistant', content } }];
    return { output: { ...output, finished: true, choices, task_metrics: metrics }, usage };
  }
  const made = links.map((url) => ({
    orig_prompt: job.prompt,
    actual_prompt: `${job.prompt}, in detail`,
    url,
  }));
  const lost = Array.from({ length: failed }, () => REJECTED);
  return { output: { ...output, results: [...made, ...lost], task_metrics: metrics }, usage };
}

const ended = (task: AsyncTask): Readonly<Record<string, string>> => ({
  end_time: beijingTime(finishedAt(task)),
});

const failure = (task: AsyncTask): Readonly<Record<string, string>> =>
  task.ending === 'rejected'
    ? REJECTED
    : { code: 'InternalError', message: 'Internal error, the task could not be finished.' };

/** `2026-04-20 17:55:17.075`, eight hours ahead of UTC and without saying so. */
function beijingTime(unixMs: number): string {
  return new Date(unixMs + 8 * 3_600_000).toISOString().replace('T', ' ').replace('Z', '');
}
