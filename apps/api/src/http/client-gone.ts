import type { FastifyReply } from 'fastify';

/** Aborts when the connection of this answer closes: nobody waits for it any more. */
export function clientGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}
