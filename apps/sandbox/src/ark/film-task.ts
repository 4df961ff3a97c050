import { randomBytes } from 'node:crypto';
import type { Order } from '../directions/order.js';
import { INTERNAL } from './ark-error.js';
import { LINK_LIFE_MS } from './ark-links.js';
import type { FilmJob } from './film-body.js';
import { filmTokens } from './film-models.js';

/** One task. Its status follows from the clock; nothing runs meanwhile. */
export interface FilmTask {
  readonly id: string;
  readonly job: FilmJob;
  readonly order: Order;
  /** Unix milliseconds. */
  readonly submittedAt: number;
  readonly fault: Fault | null;
  /** Statuses that the first looks show whatever the clock says: `regress`, `unknown-status`. */
  readonly scripted: string[];
  /** Names of the result objects. */
  readonly film: string;
  readonly lastFrame: string | null;
  canceledAt: number | null;
}

interface Fault {
  readonly code: string;
  readonly message: string;
}

/** The first part of the work time is waiting in the queue. */
const QUEUE_SHARE = 0.25;
/** Records are kept a week. */
const RECORD_LIFE_MS = 7 * 24 * 3_600_000;

export const startedAt = (task: FilmTask): number =>
  task.submittedAt + task.order.workMs * QUEUE_SHARE;
export const finishedAt = (task: FilmTask): number => task.submittedAt + task.order.workMs;
const givenUpAt = (task: FilmTask): number =>
  task.submittedAt + task.job.expiresAfterSeconds * 1000;
export const isKept = (task: FilmTask, now: number): boolean =>
  now < task.submittedAt + RECORD_LIFE_MS;

/** Pure. */
export function filmStatus(task: FilmTask, now: number): string {
  if (task.canceledAt !== null) return 'cancelled';
  if (finishedAt(task) > givenUpAt(task) && now >= givenUpAt(task)) return 'expired';
  if (now < startedAt(task)) return 'queued';
  if (now < finishedAt(task)) return 'running';
  return task.fault === null ? 'succeeded' : 'failed';
}

/** Pure. What of the order's faults and the parameters makes the task fail. */
export function faultOf(job: FilmJob, order: Order): Fault | null {
  if (job.lateFault !== null) {
    const message = `The parameter specified in the request is not valid: ${job.lateFault}.`;
    return { code: 'InvalidParameter', message };
  }
  if (order.shows('moderated')) {
    return {
      code: 'OutputVideoSensitiveContentDetected',
      message: 'The request failed because the output video may contain sensitive information.',
    };
  }
  return order.shows('fail') ? INTERNAL : null;
}

/** Pure. The body of a look, of a line of a list and of a callback; `link` makes a link to a result. */
export function filmAnswer(
  task: FilmTask,
  status: string,
  { now, link }: { readonly now: number; readonly link: (name: string) => string },
): Readonly<Record<string, unknown>> {
  const { job } = task;
  return {
    id: task.id,
    model: job.name,
    status,
    ...(status === 'failed' ? { error: task.fault } : { error: null }),
    created_at: unixSeconds(task.submittedAt),
    updated_at: unixSeconds(changedAt(task, status)),
    ...(status === 'succeeded' ? made(task, now, link) : {}),
    service_tier: job.serviceTier,
    execution_expires_after: job.expiresAfterSeconds,
    ...(job.model.generation === '1.0' ? {} : { generate_audio: job.sound }),
    draft: job.draft,
    ...(job.safetyIdentifier === null ? {} : { safety_identifier: job.safetyIdentifier }),
  };
}

/** The links are gone with the objects after a day; the rest of the record stays. */
function made(
  task: FilmTask,
  now: number,
  link: (name: string) => string,
): Readonly<Record<string, unknown>> {
  const { job, film, lastFrame } = task;
  const tokens = filmTokens(job);
  const isGone = now > finishedAt(task) + LINK_LIFE_MS;
  const content = {
    video_url: isGone ? '' : link(film),
    ...(lastFrame === null || isGone ? {} : { last_frame_url: link(lastFrame) }),
  };
  return {
    content: isGone ? null : content,
    usage: { completion_tokens: tokens, total_tokens: tokens },
    seed: job.seed === -1 ? 41_485 : job.seed,
    resolution: job.resolution,
    ratio: job.ratio,
    duration: job.duration,
    framespersecond: 24,
  };
}

function changedAt(task: FilmTask, status: string): number {
  if (status === 'queued') return task.submittedAt;
  if (status === 'running') return startedAt(task);
  if (status === 'expired') return givenUpAt(task);
  return task.canceledAt ?? finishedAt(task);
}

const unixSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/** `cgt-20260405024433-sbj8r`: the time in Beijing, and five letters. */
export function taskId(now: number): string {
  const time = new Date(now + 8 * 3_600_000).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const letters = [...randomBytes(8)].map((byte) => (byte % 36).toString(36)).join('');
  return `cgt-${time}-${letters}`;
}
