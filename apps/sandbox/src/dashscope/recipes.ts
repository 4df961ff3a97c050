import type { Order } from '../directions/order.js';
import { numbered } from '../media/numbered.js';
import type { Recipe } from '../media/render.js';
import type { Job } from './jobs.js';

/** What a task makes; the last of several pictures fails when that is directed. */
export function recipesOf(job: Job, order: Order, id: string): readonly Recipe[] {
  const text = order.text || id;
  if (job.kind === 'film') {
    return [{ kind: 'movie', aspectRatio: job.ratio, seconds: job.duration, text }];
  }
  const { n, width, height } = job;
  return numbered(text, n)
    .slice(0, order.shows('moderated-part') ? n - 1 : n)
    .map((shown) => ({ kind: 'picture', format: 'png', width, height, text: shown }));
}
