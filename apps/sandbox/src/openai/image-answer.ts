import type { Order } from '../directions/order.js';
import { numbered } from '../media/numbered.js';
import { render } from '../media/render.js';
import { HTML_PAGE } from '../media/send-media.js';
import type { ImageJob } from './image-job.js';
import { countTokens } from './token-count.js';

type Answer = Readonly<Record<string, unknown>>;

/** Output tokens of a 1024x1024 picture. */
const TOKENS = { low: 272, medium: 1056, high: 4160, xhigh: 6240, max: 9360 } as const;

/** The answer, with the pictures in it. */
export function imageAnswer(job: ImageJob, order: Order, now: number): Answer {
  return {
    created: Math.floor(now / 1000),
    ...imageFacts(job),
    data: pictures(job, order).map((bytes) => ({ b64_json: bytes.toString('base64') })),
    usage: imageUsage(job, order, job.n),
  };
}

/** What an answer says of its pictures, whole or in a stream. */
export function imageFacts(job: ImageJob): Answer {
  return {
    background: job.transparent ? 'transparent' : 'opaque',
    output_format: job.format,
    quality: job.quality,
    size: `${job.width}x${job.height}`,
  };
}

/** Tokens of so many of the job's pictures. */
export function imageUsage(job: ImageJob, order: Order, count: number): Answer {
  const textTokens = countTokens(order.prompt);
  const inputTokens = textTokens + job.inputImageTokens;
  const each = (TOKENS[job.quality] * job.width * job.height) / 1024 ** 2;
  const outputTokens = Math.round(each) * count;
  return {
    total_tokens: inputTokens + outputTokens,
    input_tokens: inputTokens,
    input_tokens_details: { text_tokens: textTokens, image_tokens: job.inputImageTokens },
    output_tokens: outputTokens,
    output_tokens_details: { image_tokens: outputTokens, text_tokens: 0 },
  };
}

/** Each shows the prompt and which of them it is. */
export function pictures(
  job: Pick<ImageJob, 'model' | 'n' | 'width' | 'height' | 'format' | 'transparent'>,
  order: Order,
): readonly Buffer[] {
  const { model, n, width, height, format, transparent } = job;
  const isHtml = order.shows('html-output');
  return numbered(order.text || model, n).map((text) =>
    isHtml
      ? Buffer.from(HTML_PAGE)
      : render({ kind: 'picture', format, width, height, transparent, text }),
  );
}
