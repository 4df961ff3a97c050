import type { JsonObject, Model } from '@app/providers';
import type { Task, TaskDetail } from '@app/tasks';
import { sizeOf } from './image-answer.js';
import { failureCode } from './task-failure.js';
import { defaultOf, videoSizes } from './video-input.js';

/** OpenAI's `Video`; times are Unix seconds. */
export interface VideoObject {
  readonly id: string;
  readonly object: 'video';
  readonly model: string;
  readonly status: 'queued' | 'in_progress' | 'completed' | 'failed';
  readonly progress: number;
  readonly created_at: number;
  readonly completed_at: number | null;
  readonly expires_at: number | null;
  readonly prompt: string | null;
  /** As asked for, or the model's own choice; null where it has none. */
  readonly seconds: string | null;
  /** Of the film where it is measured, else as asked for; null where the vendor chooses. */
  readonly size: string | null;
  readonly remixed_from_video_id: null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

const STATUS = {
  queued: 'queued',
  handling: 'in_progress',
  archiving: 'in_progress',
  success: 'completed',
  fail: 'failed',
} as const satisfies Record<Task['status'], VideoObject['status']>;

/** A task as a video; `model` null: it is in the catalog no longer. */
export function videoObject({ task, outputs }: TaskDetail, model: Model | null): VideoObject {
  const { input, error } = task;
  const film = outputs.find(({ stored }) => stored !== null);
  return {
    id: task.id,
    object: 'video',
    model: task.model,
    status: STATUS[task.status],
    progress: task.status === 'success' ? 100 : task.progress,
    created_at: unixSeconds(task.createdAt),
    completed_at: task.completedAt && unixSeconds(task.completedAt),
    expires_at: task.status === 'success' && film ? unixSeconds(film.expireAt) : null,
    prompt: textOf(input['prompt']),
    seconds: textOf(input['duration'] ?? (model && defaultOf(model, 'duration'))),
    size: (film?.stored && sizeOf(film.stored)) ?? (model && sizeAsked(input, model)),
    remixed_from_video_id: null,
    error: error && { code: failureCode(error.code), message: error.message },
  };
}

function sizeAsked(input: JsonObject, model: Model): string | null {
  if (typeof input['size'] === 'string') return input['size'];
  const asked = (name: string) => input[name] ?? defaultOf(model, name);
  const found = [...videoSizes(model)].find(
    ([, { aspect_ratio: ratio, resolution }]) =>
      ratio === asked('aspect_ratio') && resolution === asked('resolution'),
  );
  return found?.[0] ?? null;
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;

const unixSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);
