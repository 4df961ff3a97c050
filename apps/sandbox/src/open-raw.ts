import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Takes the connection out of Fastify's hands and begins a 200 with the headers set so far and these. */
export function openRaw(
  reply: FastifyReply,
  headers: Readonly<Record<string, string | number>>,
): ServerResponse {
  reply.headers(headers).hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  return reply.raw.writeHead(200);
}
