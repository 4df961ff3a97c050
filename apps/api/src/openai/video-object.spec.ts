import type { Task, TaskDetail, TaskOutput } from '@app/tasks';
import { makeTask } from '@app/tasks/testing';
import { describe, expect, it } from 'vitest';
import { modelWith } from './testing/model-with.js';
import { videoObject } from './video-object.js';

const MODEL = modelWith(
  {
    prompt: {},
    duration: { enum: [4, 8], default: 8 },
    aspect_ratio: { enum: ['16:9', '9:16'], default: '16:9' },
    resolution: { enum: ['720p', '1080p'], default: '720p' },
  },
  'video',
);
const NOON = new Date('2026-11-22T12:00:00Z');
const SECONDS = NOON.getTime() / 1000;

const detailOf = (fields: Partial<Task>, outputs: readonly TaskOutput[] = []): TaskDetail => ({
  task: { ...makeTask(), kind: 'video', createdAt: NOON, input: { prompt: 'a boat' }, ...fields },
  outputs,
  delivery: null,
});

const film: TaskOutput = {
  id: 'out-1',
  index: 0,
  type: 'video',
  source: null,
  stored: { key: 'k', mime: 'video/mp4', bytes: 1, sha256: '', width: 1248, height: 704 },
  expireAt: new Date(NOON.getTime() + 60_000),
};

const shown = (input: Task['input']) => {
  const { seconds, size, prompt } = videoObject(detailOf({ input }), MODEL);
  return { seconds, size, prompt };
};

describe('a task as a video', () => {
  it.each<[Task['status'], string]>([
    ['queued', 'queued'],
    ['handling', 'in_progress'],
    ['archiving', 'in_progress'],
    ['success', 'completed'],
    ['fail', 'failed'],
  ])('that is %s is %s', (status, expected) => {
    expect(videoObject(detailOf({ status }), MODEL).status).toBe(expected);
  });

  it('shows what was asked for, and what the model does where nothing was', () => {
    expect(shown({ prompt: 'a' })).toEqual({ seconds: '8', size: '1280x720', prompt: 'a' });
    expect(shown({ duration: 4, aspect_ratio: '9:16', resolution: '1080p' })).toEqual({
      seconds: '4',
      size: '1080x1920',
      prompt: null,
    });
    expect(shown({ prompt: 'a', aspect_ratio: '21:9' }).size).toBeNull();
  });

  it('shows the film as it was measured, and when it goes', () => {
    const fields = { status: 'success', completedAt: NOON, progress: 90 } as const;

    expect(videoObject(detailOf(fields, [film]), MODEL)).toMatchObject({
      size: '1248x704',
      progress: 100,
      created_at: SECONDS,
      completed_at: SECONDS,
      expires_at: SECONDS + 60,
      error: null,
    });
  });

  it('tells why it failed, a refusal of the content in OpenAI’s word', () => {
    const error = { message: 'no', providerCode: 'x', retryable: false };
    const code = (is: 'TASK_TIMEOUT' | 'CONTENT_REJECTED') =>
      videoObject(detailOf({ status: 'fail', error: { ...error, code: is } }), MODEL).error;

    expect(code('TASK_TIMEOUT')).toEqual({ code: 'task_timeout', message: 'no' });
    expect(code('CONTENT_REJECTED')).toEqual({ code: 'moderation_blocked', message: 'no' });
  });

  it('is shown when its model is in the catalog no longer', () => {
    expect(videoObject(detailOf({}), null)).toMatchObject({ seconds: null, size: null });
  });
});
