import { Readable } from 'node:stream';
import { GatewayError } from '@app/errors';
import type { MediaKind } from '@app/outputs';
import type { FastifyRequest } from 'fastify';

/** Silence in the middle of an upload; it is given up then. */
const STALLED_MS = 30_000;

/** What an upload says it is. @throws GatewayError UNSUPPORTED_MEDIA_TYPE */
export function uploadKind(request: FastifyRequest): MediaKind | 'any' {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (encoding !== 'identity') {
    const message = `The body came encoded as "${encoding}"; send it without content-encoding.`;
    throw new GatewayError('UNSUPPORTED_MEDIA_TYPE', message);
  }
  if (/^image\//i.test(type)) return 'image';
  if (/^video\//i.test(type)) return 'video';
  if (/^audio\//i.test(type)) return 'audio';
  if (/^application\/octet-stream\b/i.test(type)) return 'any';
  const sent = type ? `"${type}"` : 'no content type';
  const message =
    `The body came as ${sent}; send the file itself as the body, with its content type: image/*, ` +
    `video/* or audio/* (curl --data-binary @cat.png -H 'content-type: image/png').`;
  throw new GatewayError('UNSUPPORTED_MEDIA_TYPE', message);
}

/** The body as it comes, with a clock on its silences. Ending early leaves the connection open for the answer. */
export function uploadBody(request: FastifyRequest): Readable {
  const { body } = request;
  if (!(body instanceof Readable)) {
    throw new GatewayError(
      'INVALID_REQUEST',
      'The body is empty; send the file itself as the body.',
    );
  }
  return Readable.from(watched(body), { objectMode: false });
}

async function* watched(body: Readable): AsyncGenerator<Buffer> {
  const stalled = setTimeout(() => body.destroy(), STALLED_MS);
  const chunks: AsyncIterable<Buffer> = body.iterator({ destroyOnReturn: false });
  try {
    for await (const chunk of chunks) {
      stalled.refresh();
      yield chunk;
    }
  } catch (cause) {
    throw new GatewayError('INVALID_REQUEST', 'The body broke off.', { cause });
  } finally {
    clearTimeout(stalled);
  }
}
