import type { Order } from '../directions/order.js';
import type { VideoJob } from './video-body.js';

export interface VideoTask {
  readonly id: string;
  /** The key that ordered it; another one does not see it. */
  readonly owner: string;
  readonly job: VideoJob;
  readonly order: Order;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly remixedFrom: string | null;
  readonly ending: 'completed' | 'failed' | 'moderated';
  /** Whether its film is gone as soon as it is there. */
  readonly isExpired: boolean;
  /** Statuses that the next looks show before the true one. */
  readonly scriptedLooks: string[];
}

/** A film can be had for a day. */
const FILM_LIFE_MS = 24 * 60 * 60_000;
/** The part of its time that a job waits. */
const QUEUED_SHARE = 0.2;

export const finishedAt = ({ createdAt, order }: VideoTask): number => createdAt + order.workMs;

export const expiresAt = (task: VideoTask): number =>
  finishedAt(task) + (task.isExpired ? 0 : FILM_LIFE_MS);

/** Pure. By the clock alone: queued, at work, over. */
export function videoStatus(task: VideoTask, now: number): string {
  if (now >= finishedAt(task)) return task.ending === 'completed' ? 'completed' : 'failed';
  return shareOf(task, now) < QUEUED_SHARE ? 'queued' : 'in_progress';
}

const shareOf = (task: VideoTask, now: number): number =>
  (now - task.createdAt) / Math.max(1, task.order.workMs);

/** Pure. The job as every call shows it. https://platform.openai.com/docs/api-reference/videos/object */
export function videoObject(
  task: VideoTask,
  status: string,
  now: number,
): Readonly<Record<string, unknown>> {
  const { id, job } = task;
  const isDone = status === 'completed';
  return {
    id,
    object: 'video',
    model: job.model,
    status,
    progress: progressOf(task, status, now),
    created_at: seconds(task.createdAt),
    completed_at: isDone ? seconds(finishedAt(task)) : null,
    expires_at: isDone ? seconds(expiresAt(task)) : null,
    prompt: job.prompt,
    seconds: job.seconds,
    size: job.size,
    remixed_from_video_id: task.remixedFrom,
    error:
      status === 'failed' ? ERRORS[task.ending === 'moderated' ? 'moderated' : 'failed'] : null,
  };
}

function progressOf(task: VideoTask, status: string, now: number): number {
  if (status === 'completed') return 100;
  if (status === 'queued') return 0;
  return Math.min(99, Math.max(1, Math.floor(100 * shareOf(task, now))));
}

const ERRORS = {
  moderated: {
    code: 'moderation_blocked',
    message: 'Your request was blocked by our moderation system.',
  },
  failed: { code: 'server_error', message: 'The film could not be made.' },
} as const;

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
