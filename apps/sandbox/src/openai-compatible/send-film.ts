import type { FastifyReply, FastifyRequest } from 'fastify';
import { isFields, readText } from '../fields.js';
import type { Recipe } from '../media/render.js';
import { sendMedia } from '../media/send-media.js';
import { invalidRequest, notFound } from '../openai/openai-error.js';
import { notReady } from './compatible-videos.js';
import { ratioOf } from './video-body.js';
import { expiresAt, videoStatus, type VideoTask } from './video-task.js';

/** `GET /videos/{id}/content`: the film, or a picture of it. @throws OpenAiError */
export async function sendFilm(
  task: VideoTask,
  now: number,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<void> {
  if (videoStatus(task, now) !== 'completed') throw notReady();
  if (now >= expiresAt(task)) throw notFound('The video has expired.', 'video_id', 'expired');
  const query = isFields(request.query) ? request.query : {};
  await sendMedia(reply, recipeOf(task, readText(query, 'variant', 'video')), task.order);
}

function recipeOf({ id, job, order }: VideoTask, variant: string): Recipe {
  const text = order.text || id;
  const aspectRatio = ratioOf(job.size);
  switch (variant) {
    case 'video':
      return { kind: 'movie', aspectRatio, seconds: Number(job.seconds), text };
    case 'thumbnail':
      return { kind: 'picture', format: 'webp', width: 320, height: 320, text };
    case 'spritesheet':
      return { kind: 'picture', format: 'jpeg', width: 640, height: 320, text };
    default: {
      const message = "Invalid value for 'variant': video, thumbnail or spritesheet.";
      throw invalidRequest(message, 'variant', 'invalid_value');
    }
  }
}
