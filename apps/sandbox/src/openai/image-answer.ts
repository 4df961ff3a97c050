import type { Order } from '../directions/order.js';
import { numbered } from '../media/numbered.js';
import { render } from '../media/render.js';
import { HTML_PAGE } from '../media/send-media.js';
import type { ImageJob } from './image-job.js';
import { countTokens } from './token-count.js';

/** Output tokens of a 1024x1024 picture. */
const TOKENS = { low: 272, medium: 1056, high: 4160 } as const;

/** The answer, with the pictures in it. */
export function imageAnswer(
  job: ImageJob,
  order: Order,
  now: number,
): Readonly<Record<string, unknown>> {
  const inputTokens = countTokens(order.prompt);
  const outputTokens =
    Math.round((TOKENS[job.quality] * job.width * job.height) / 1024 ** 2) * job.n;
  return {
    created: Math.floor(now / 1000),
    background: job.transparent ? 'transparent' : 'opaque',
    output_format: job.format,
    quality: job.quality,
    size: `${job.width}x${job.height}`,
    data: pictures(job, order).map((bytes) => ({ b64_json: bytes.toString('base64') })),
    usage: {
      total_tokens: inputTokens + outputTokens,
      input_tokens: inputTokens,
      input_tokens_details: { text_tokens: inputTokens, image_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { image_tokens: outputTokens, text_tokens: 0 },
    },
  };
}

function pictures(
  { model, n, width, height, format, transparent }: ImageJob,
  order: Order,
): readonly Buffer[] {
  const isHtml = order.shows('html-output');
  return numbered(order.text || model, n).map((text) =>
    isHtml
      ? Buffer.from(HTML_PAGE)
      : render({ kind: 'picture', format, width, height, transparent, text }),
  );
}
