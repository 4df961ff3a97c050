import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Order, takeOrder } from '../directions/order.js';
import { loseAnswerIfDirected, refuseIfDirected } from '../directions/submit-faults.js';
import { integer, oneOf, readNumber, readText, text, type Fields } from '../fields.js';
import { numbered } from '../media/numbered.js';
import type { PictureRecipe } from '../media/render.js';
import { judgePictures } from '../openai/edit-pictures.js';
import { readEditRequest } from '../openai/edit-request.js';
import { pictures } from '../openai/image-answer.js';
import { IMAGE_FAULTS, lookOf } from '../openai/image-job.js';
import { broken, busy, invalidRequest, moderationBlocked } from '../openai/openai-error.js';
import { sendAnswer } from '../openai/send-answer.js';
import type { SandboxState } from '../state.js';
import { requireCompatibleModel, tolerantBody } from './compatible-body.js';
import type { PictureLinks } from './picture-links.js';

const LINK_FAULTS = [...IMAGE_FAULTS, 'expired-url', 'slow-output'] as const;

/** What it knows of a request; the rest it does not mind. */
const IMAGE_BODY = {
  required: { prompt: text(32_000), model: text(200) },
  optional: {
    n: integer(1, 10),
    quality: oneOf('auto', 'low', 'medium', 'high', 'xhigh', 'max', 'standard', 'hd'),
    background: oneOf('auto', 'opaque', 'transparent'),
    output_format: oneOf('png', 'jpeg', 'webp'),
    moderation: oneOf('auto', 'low'),
    response_format: oneOf('url', 'b64_json'),
  },
};

/** `POST /images/generations` and `/images/edits`: links, or base64 where it is asked for. */
export class CompatibleImages {
  constructor(
    private readonly state: SandboxState,
    private readonly links: PictureLinks,
  ) {}

  async generate(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.make(tolerantBody(request.body, IMAGE_BODY), request, reply);
  }

  async edit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { fields, pictures: given, mask } = await readEditRequest(request);
    judgePictures(given, mask);
    await this.make(tolerantBody(fields, IMAGE_BODY), request, reply);
  }

  private async make(body: Fields, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const job = readJob(body);
    const prompt = readText(body, 'prompt');
    const faults = job.asLinks ? LINK_FAULTS : IMAGE_FAULTS;
    const rules = { faults, delayMs: this.state.delayMs };
    const order = takeOrder(this.state, prompt, rules);
    refuseIfDirected(order, { busy, broken });
    if (order.shows('moderated')) throw moderationBlocked();
    this.state.submits.add({
      provider: 'openai-compatible',
      model: job.model,
      vendorId: request.id,
      prompt,
    });
    if (loseAnswerIfDirected(order, reply)) return;
    await sendAnswer(this.state, reply, {
      order: job.asLinks ? withoutDownloadFaults(order) : order,
      body: () => ({
        created: Math.floor(this.state.now() / 1000),
        data: job.asLinks ? this.asLinks(job, order, request.host) : asBase64(job, order),
      }),
    });
  }

  private asLinks(job: Job, order: Order, host: string): readonly unknown[] {
    return numbered(order.text || job.model, job.n).map((shown) => {
      const recipe: PictureRecipe = { ...job.look, kind: 'picture', text: shown };
      return { url: this.links.add({ recipe, order }, host) };
    });
  }
}

interface Job {
  readonly model: string;
  readonly n: number;
  readonly look: Pick<PictureRecipe, 'width' | 'height' | 'format' | 'transparent'>;
  readonly asLinks: boolean;
}

const MAX_EDGE = 4096;

/** @throws OpenAiError */
function readJob(body: Fields): Job {
  const model = readText(body, 'model');
  requireCompatibleModel(model, 'image');
  const size = readText(body, 'size', 'auto');
  const [width = 0, height = 0] = (size === 'auto' ? '1024x1024' : size).split('x').map(Number);
  if (!isEdge(width) || !isEdge(height)) {
    const message = `Invalid value for 'size': edges of 64 to ${MAX_EDGE} pixels are made.`;
    throw invalidRequest(message, 'size', 'invalid_value');
  }
  if (body['stream'] === true) {
    throw invalidRequest('Streaming is not supported.', 'stream', 'unsupported_value');
  }
  const { format, transparent } = lookOf(body);
  return {
    model,
    n: readNumber(body, 'n', 1),
    look: { width, height, format, transparent },
    asLinks: body['response_format'] !== 'b64_json',
  };
}

const isEdge = (pixels: number): boolean =>
  Number.isInteger(pixels) && pixels >= 64 && pixels <= MAX_EDGE;

function asBase64({ model, n, look }: Job, order: Order): readonly unknown[] {
  const job = { model, n, ...look, transparent: look.transparent === true };
  return pictures(job, order).map((bytes) => ({ b64_json: bytes.toString('base64') }));
}

/** Where pictures are links, a cut is shown by the download and not by the answer. */
function withoutDownloadFaults(order: Order): Order {
  return { ...order, shows: (name) => name !== 'truncated-output' && order.shows(name) };
}
