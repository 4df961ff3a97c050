import type { Order } from '../directions/order.js';
import { render } from '../media/render.js';
import type { Frame, Script } from './event-stream.js';
import { imageFacts, imageUsage, pictures } from './image-answer.js';
import type { ImageJob } from './image-job.js';

/**
 * The events of a streamed call: first what there is on the way, then each picture with its tokens. No
 * `[DONE]` follows. https://platform.openai.com/docs/api-reference/images-streaming
 */
export function imageScript(job: ImageJob, order: Order, now: number): Script {
  const facts = { created_at: Math.floor(now / 1000), ...imageFacts(job) };
  const partials = Array.from({ length: job.partialImages ?? 0 }, (_, index): Frame => {
    return frame(`${job.kind}.partial_image`, {
      b64_json: sketch(job, order, index).toString('base64'),
      partial_image_index: index,
      ...facts,
    });
  });
  const completed = pictures(job, order).map((bytes) =>
    frame(`${job.kind}.completed`, {
      b64_json: bytes.toString('base64'),
      ...facts,
      usage: imageUsage(job, order, 1),
    }),
  );
  return { opening: [], pieces: partials, closing: completed, failure: FAILURE };
}

const frame = (type: string, data: Readonly<Record<string, unknown>>): Frame => ({
  event: type,
  data: { type, ...data },
});

/** A picture on the way shows how far it is. */
function sketch(job: ImageJob, order: Order, index: number): Buffer {
  const { width, height, format, transparent } = job;
  const text = `${index + 1}. ${order.text || job.model}`;
  return render({ kind: 'picture', format, width, height, transparent, text });
}

const FAILURE: Frame = {
  event: 'error',
  data: {
    type: 'error',
    error: {
      message: 'The server had an error while processing your request. Sorry about that!',
      type: 'server_error',
      param: null,
      code: null,
    },
  },
};
