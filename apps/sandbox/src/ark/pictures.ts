import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder, type Order } from '../directions/order.js';
import {
  loseAnswerIfDirected,
  refuseIfDirected,
  SUBMIT_FAULTS,
} from '../directions/submit-faults.js';
import { numbered } from '../media/numbered.js';
import { render } from '../media/render.js';
import { HTML_PAGE } from '../media/send-media.js';
import type { SandboxState } from '../state.js';
import { ArkError, internalError, throttled } from './ark-error.js';
import { LINK_LIFE_MS, type ArkLinks } from './ark-links.js';
import { readPictureJob, type PictureJob } from './picture-body.js';

const PICTURE_FAULTS = [
  ...SUBMIT_FAULTS,
  'moderated',
  'fail',
  'expired-url',
  'truncated-output',
  'html-output',
  'slow-output',
] as const;

const REJECTED = {
  code: 'OutputImageSensitiveContentDetected',
  message: 'The request failed because the output image may contain sensitive information.',
} as const;

/** `POST /images/generations`: the answer comes when the work is done. */
export async function generatePictures(
  { state, links }: { readonly state: SandboxState; readonly links: ArkLinks },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const job = readPictureJob(request.body);
  const order = takeOrder(state, job.prompt, { faults: PICTURE_FAULTS, delayMs: state.delayMs });
  refuseIfDirected(order, { busy: throttled, broken: internalError });
  const isModerated = order.shows('moderated');
  if (isModerated && job.count === 1) throw new ArkError(400, REJECTED.code, REJECTED.message);
  state.submits.add({
    provider: 'ark',
    model: job.name,
    vendorId: request.id,
    prompt: job.prompt,
  });
  if (loseAnswerIfDirected(order, reply)) return;
  await state.work(order.workMs);
  if (order.shows('fail')) throw internalError();
  const made = isModerated ? job.count - 1 : job.count;
  const pictures = numbered(order.text || job.name, job.count)
    .slice(0, made)
    .map((text) => picture(job, order, { text, state, links, host: request.host }));
  const tokens = Math.floor((made * job.width * job.height) / 256);
  await reply.send({
    model: job.name,
    created: Math.floor(state.now() / 1000),
    data: [...pictures, ...(isModerated ? [{ error: REJECTED }] : [])],
    usage: { generated_images: made, output_tokens: tokens, total_tokens: tokens },
  });
}

function picture(
  { width, height, format, inline }: PictureJob,
  order: Order,
  at: {
    readonly text: string;
    readonly state: SandboxState;
    readonly links: ArkLinks;
    readonly host: string;
  },
): Readonly<Record<string, string>> {
  const recipe = { kind: 'picture', format, width, height, text: at.text } as const;
  const size = `${width}x${height}`;
  if (inline) {
    const bytes = order.shows('html-output') ? Buffer.from(HTML_PAGE) : render(recipe);
    return { b64_json: bytes.toString('base64'), size };
  }
  const expiresAt = at.state.now() + LINK_LIFE_MS;
  return { url: at.links.link(at.host, at.links.add({ recipe, order, expiresAt })), size };
}
