import type { Order } from '../directions/order.js';
import { numbered } from '../media/numbered.js';
import { render } from '../media/render.js';
import { HTML_PAGE } from '../media/send-media.js';
import type { VeoJob } from './veo-body.js';

/** One long-running operation; done when its work time has passed. */
export interface VeoOperation {
  readonly name: string;
  readonly job: VeoJob;
  readonly order: Order;
  /** Unix milliseconds. */
  readonly submittedAt: number;
  readonly ending: 'videos' | 'error' | 'filtered';
}

const INTERNAL_CODE = 13;

export const isDone = ({ submittedAt, order }: VeoOperation, now: number): boolean =>
  now >= submittedAt + order.workMs;

/** What a poll answers; `done` is absent while the operation runs. */
export function operationAnswer(
  operation: VeoOperation,
  now: number,
): Readonly<Record<string, unknown>> {
  const { name } = operation;
  if (!isDone(operation, now)) return { name };
  switch (operation.ending) {
    case 'videos':
      return {
        name,
        done: true,
        response: { '@type': RESPONSE_TYPE, raiMediaFilteredCount: 0, videos: videos(operation) },
      };
    case 'filtered':
      return { name, done: true, response: { '@type': RESPONSE_TYPE, ...filtered(operation) } };
    case 'error':
      return {
        name,
        done: true,
        error: { code: INTERNAL_CODE, message: 'Video generation failed.', details: [] },
      };
  }
}

const RESPONSE_TYPE = 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse';

function filtered({ job }: VeoOperation): Readonly<Record<string, unknown>> {
  return {
    raiMediaFilteredCount: job.sampleCount,
    raiMediaFilteredReasons: [
      'Veo could not generate videos because the input violates usage guidelines. Support codes: 58061214',
    ],
  };
}

/** Inline, unless the caller named a bucket. */
function videos({ name, job, order }: VeoOperation): readonly Readonly<Record<string, string>>[] {
  const mimeType = 'video/mp4';
  if (job.storageUri !== null) {
    const folder = `${job.storageUri.replace(/\/$/, '')}/${name.split('/').at(-1) ?? ''}`;
    return Array.from({ length: job.sampleCount }, (_, index) => ({
      gcsUri: `${folder}/sample_${index}.mp4`,
      mimeType,
    }));
  }
  const isHtml = order.shows('html-output');
  const { aspectRatio, durationSeconds: seconds } = job;
  return numbered(order.text || name, job.sampleCount).map((text) => {
    const bytes = isHtml
      ? Buffer.from(HTML_PAGE)
      : render({ kind: 'movie', aspectRatio, seconds, text });
    return { bytesBase64Encoded: bytes.toString('base64'), mimeType };
  });
}
