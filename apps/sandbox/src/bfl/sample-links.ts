import type { FastifyPluginAsync } from 'fastify';
import { isFields, readText } from '../fields.js';
import { sendMedia } from '../media/send-media.js';
import { isSigned, signLink } from '../media/signed-link.js';
import type { SandboxState } from '../state.js';
import type { FluxTask } from './flux-task.js';

/** A link dies this long after the poll that handed it out. */
const SAMPLE_LIFE_MS = 10 * 60_000;

/** A signed link to a task's picture on BFL's delivery host; dead already when `expired-url` is directed. */
export function sampleLink(state: SandboxState, host: string, task: FluxTask): string {
  const life = task.order.shows('expired-url') ? -1000 : SAMPLE_LIFE_MS;
  const expires = new Date(state.now() + life).toISOString();
  const path = `/bfl-delivery/results/${task.id}/sample.${task.job.format}`;
  const signature = signLink(state.linkSecret, task.id, expires);
  return `http://${host}${path}?se=${encodeURIComponent(expires)}&sig=${signature}`;
}

/**
 * Downloads. The real host is a signed link of a blob store: a bearer token beside the signature is refused,
 * a header that it does not know (x-key) is not looked at.
 */
export function sampleRoutes(
  state: SandboxState,
  findTask: (id: string) => FluxTask | undefined,
): FastifyPluginAsync {
  return async (app) => {
    app.get('/bfl-delivery/results/:id/:file', async (request, reply) => {
      const query = isFields(request.query) ? request.query : {};
      const id = isFields(request.params) ? readText(request.params, 'id') : '';
      const link = { path: id, expires: readText(query, 'se'), signature: readText(query, 'sig') };
      const task = findTask(id);
      if (
        !task ||
        request.headers.authorization !== undefined ||
        !isSigned(state.linkSecret, link) ||
        Date.parse(link.expires) <= state.now()
      ) {
        return await reply.code(403).type('application/xml').send(AUTHENTICATION_FAILED);
      }
      const { format, width, height } = task.job;
      const text = task.order.text || task.id;
      return await sendMedia(reply, { kind: 'picture', format, width, height, text }, task.order);
    });
  };
}

const AUTHENTICATION_FAILED =
  '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.</Message></Error>';
