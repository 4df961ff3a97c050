import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder, type Order } from '../directions/order.js';
import { sendTruncated } from '../directions/send-truncated.js';
import {
  loseAnswerIfDirected,
  refuseIfDirected,
  SUBMIT_FAULTS,
} from '../directions/submit-faults.js';
import { render } from '../media/render.js';
import { HTML_PAGE } from '../media/send-media.js';
import type { SandboxState } from '../state.js';
import { exhausted, internal } from './gemini-error.js';
import {
  readPictureJob,
  type ImageSize,
  type PictureJob,
  type PictureModel,
} from './picture-body.js';

const PICTURE_FAULTS = [
  ...SUBMIT_FAULTS,
  'moderated',
  'fail',
  'truncated-output',
  'html-output',
] as const;

/** Answers with the picture itself, once it is drawn. */
export async function generatePicture(
  state: SandboxState,
  model: PictureModel,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const job = readPictureJob(request.body, model);
  const order = takeOrder(state, job.prompt, { faults: PICTURE_FAULTS, delayMs: state.delayMs });
  refuseIfDirected(order, { busy: exhausted, broken: internal });
  const vendorId = randomUUID();
  state.submits.add({ provider: 'gemini', model, vendorId, prompt: job.prompt });
  if (loseAnswerIfDirected(order, reply)) return;
  await state.work(order.workMs);
  const answer = { ...pictureAnswer(job, order), modelVersion: model, responseId: vendorId };
  if (order.shows('truncated-output')) {
    sendTruncated(reply, 'application/json', Buffer.from(JSON.stringify(answer)));
    return;
  }
  await reply.send(answer);
}

/** A refusal is a 200 without a picture, and costs nothing but what went in. */
function pictureAnswer(job: PictureJob, order: Order): Readonly<Record<string, unknown>> {
  const reason = order.shows('moderated')
    ? 'IMAGE_SAFETY'
    : order.shows('fail')
      ? 'IMAGE_OTHER'
      : null;
  if (reason !== null) {
    const finishMessage = 'Unable to show the generated image.';
    const candidate = { content: { role: 'model' }, finishReason: reason, finishMessage, index: 0 };
    return { candidates: [candidate], usageMetadata: usage(job, 0) };
  }
  const data = pictureBytes(job, order).toString('base64');
  const content = { role: 'model', parts: [{ inlineData: { mimeType: 'image/png', data } }] };
  return {
    candidates: [{ content, finishReason: 'STOP', index: 0 }],
    usageMetadata: usage(job, TOKENS[job.imageSize]),
  };
}

/** Of gemini-3.1-flash-image; docs.cloud.google.com, 3-1-flash-image-preview. */
const TOKENS: Readonly<Record<ImageSize, number>> = {
  '512': 747,
  '1K': 1120,
  '2K': 1680,
  '4K': 2520,
};
const TOKENS_OF_A_PICTURE_IN = 560;

function usage(job: PictureJob, tokensOut: number): Readonly<Record<string, unknown>> {
  const ofText = Math.ceil(job.prompt.length / 4);
  const ofPictures = job.picturesIn * TOKENS_OF_A_PICTURE_IN;
  return {
    promptTokenCount: ofText + ofPictures,
    totalTokenCount: ofText + ofPictures + tokensOut,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: ofText },
      ...(ofPictures > 0 ? [{ modality: 'IMAGE', tokenCount: ofPictures }] : []),
    ],
    ...(tokensOut > 0
      ? {
          candidatesTokenCount: tokensOut,
          candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: tokensOut }],
        }
      : {}),
  };
}

function pictureBytes({ aspectRatio, imageSize, prompt }: PictureJob, order: Order): Buffer {
  if (order.shows('html-output')) return Buffer.from(HTML_PAGE);
  const { width, height } = pictureSize(aspectRatio, imageSize);
  const text = order.text || prompt;
  return render({ kind: 'picture', format: 'png', width, height, text });
}

const EDGE: Readonly<Record<ImageSize, number>> = {
  '512': 512,
  '1K': 1024,
  '2K': 2048,
  '4K': 4096,
};
const GRID = 8;

/** Pure. About as many pixels as the square of its class, near the shape asked for. */
export function pictureSize(
  aspectRatio: string,
  imageSize: ImageSize,
): { readonly width: number; readonly height: number } {
  const [across = 1, down = 1] = aspectRatio.split(':').map(Number);
  const stretch = Math.sqrt(across / down);
  const edge = EDGE[imageSize];
  return { width: onGrid(edge * stretch), height: onGrid(edge / stretch) };
}

const onGrid = (length: number): number => Math.round(length / GRID) * GRID;
