import type { FastifyReply } from 'fastify';
import type { Order } from '../directions/order.js';
import { sendSlowly } from '../directions/send-slowly.js';
import { sendTruncated } from '../directions/send-truncated.js';
import { mimeOf, render, type Recipe } from './render.js';

/** What a vendor's download host or a proxy before it says when it is not well; with status 200. */
export const HTML_PAGE =
  '<!doctype html><html><body><h1>Please try again later</h1></body></html>\n';

/** Answers a download: the bytes, or the fault that the order asks for. */
export async function sendMedia(reply: FastifyReply, recipe: Recipe, order: Order): Promise<void> {
  if (order.shows('html-output')) {
    await reply.type('text/html; charset=utf-8').send(HTML_PAGE);
    return;
  }
  const bytes = render(recipe);
  if (order.shows('truncated-output')) {
    sendTruncated(reply, mimeOf(recipe), bytes);
    return;
  }
  if (order.shows('slow-output')) {
    await sendSlowly(reply, mimeOf(recipe), bytes);
    return;
  }
  await reply.type(mimeOf(recipe)).send(bytes);
}
