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
  readonly isFailed: boolean;
  /** How many of the films the filter withholds. */
  readonly withheld: number;
}

const INTERNAL_CODE = 13;

export const isDone = ({ submittedAt, order }: VeoOperation, now: number): boolean =>
  now >= submittedAt + order.workMs;

/** What a poll answers; `done` is absent while the operation runs. */
export function operationAnswer(
  operation: VeoOperation,
  now: number,
): Readonly<Record<string, unknown>> {
  const { name, isFailed } = operation;
  if (!isDone(operation, now)) return { name };
  if (isFailed) {
    const error = { code: INTERNAL_CODE, message: 'Video generation failed.', details: [] };
    return { name, done: true, error };
  }
  return { name, done: true, response: { '@type': RESPONSE_TYPE, ...films(operation) } };
}

const RESPONSE_TYPE = 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse';

const REASON =
  'Veo could not generate videos because the input violates usage guidelines. Support codes: 58061214';

/** `videos` is absent where the filter withheld them all. */
function films(operation: VeoOperation): Readonly<Record<string, unknown>> {
  const { job, withheld } = operation;
  const reasons = withheld === 0 ? {} : { raiMediaFilteredReasons: [REASON] };
  const made = withheld === job.sampleCount ? {} : { videos: videos(operation) };
  return { raiMediaFilteredCount: withheld, ...reasons, ...made };
}

/** Inline, unless the caller named a bucket. */
function videos(operation: VeoOperation): readonly Readonly<Record<string, string>>[] {
  const { name, job, order, withheld } = operation;
  const mimeType = 'video/mp4';
  const count = job.sampleCount - withheld;
  if (job.storageUri !== null) {
    const folder = `${job.storageUri.replace(/\/$/, '')}/${name.split('/').at(-1) ?? ''}`;
    return Array.from({ length: count }, (_, index) => ({
      gcsUri: `${folder}/sample_${index}.mp4`,
      mimeType,
    }));
  }
  const isHtml = order.shows('html-output');
  return numbered(order.text || name, job.sampleCount)
    .slice(0, count)
    .map((text) => {
      const bytes = isHtml ? Buffer.from(HTML_PAGE) : film(job, text);
      return { bytesBase64Encoded: bytes.toString('base64'), mimeType };
    });
}

function film({ aspectRatio, durationSeconds, isLossless }: VeoJob, text: string): Buffer {
  const bytes = render({ kind: 'movie', aspectRatio, seconds: durationSeconds, text });
  return isLossless ? Buffer.concat([bytes, freeBox(LOSSLESS_BYTES)]) : bytes;
}

/** What a lossless film has at least; as base64 it is a third more. */
const LOSSLESS_BYTES = 24 * 1024 * 1024;

/** Space that every player skips (ISO/IEC 14496-12, `free`). */
function freeBox(length: number): Buffer {
  const box = Buffer.alloc(length);
  box.writeUInt32BE(length, 0);
  box.write('free', 4, 'latin1');
  return box;
}
