import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { GatewayError } from '@app/errors';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { parseJson } from './json-body.js';
import { requireJsonObject } from './json-object.js';
import { refuseUnsafeJson } from './refuse-unsafe-json.js';

export interface BodyLimits {
  readonly tasks: number;
  readonly admin: number;
  readonly hooks: number;
}

/**
 * Parsers belong to a Fastify context, not to a route; so one parser for everything looks at the
 * route: raw and streamed ones get the untouched stream, the rest parsed JSON with a digest of the very bytes.
 * A stranger's body is not read, nor one that is sent to where none is taken.
 */
export function installBodyParsers(
  fastify: FastifyInstance,
  limits: BodyLimits,
  admit: AdmitBody,
): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    const { raw, streamed } = request.routeOptions.config;
    if (raw || streamed) return payload;
    const face = faceOf(request.routeOptions.url);
    if (!face) return undefined;
    await admit[face](request, 'before');
    if (face === 'hooks') return await readHint(payload, limits.hooks);
    const bytes = await readAll(payload, limits[face]);
    await admit[face](request, 'after');
    request.bodyBytes = bytes.length;
    request.bodySha256 = createHash('sha256').update(bytes).digest();
    if (bytes.length === 0) return undefined;
    requireJson(request.headers);
    return readBody(bytes, request.routeOptions.config);
  });
}

type Face = 'tasks' | 'admin' | 'hooks';

/**
 * Who may send a body at all; throws where the caller may not. Asked again after a body, because its
 * sender says how long it takes, and a right that ended meanwhile must not be used.
 */
export type AdmitBody = Readonly<
  Record<Face, (request: FastifyRequest, when: 'before' | 'after') => Promise<unknown>>
>;

/** Undefined for an unknown path and for everything that takes no body. */
function faceOf(route: string | undefined): Face | undefined {
  if (route?.startsWith('/v1/')) return 'tasks';
  if (route?.startsWith('/hooks/')) return 'hooks';
  return route?.startsWith('/admin/') ? 'admin' : undefined;
}

function readBody(bytes: Buffer, { judgesItems }: FastifyContextConfig): unknown {
  const value = parseJson(bytes);
  if (!judgesItems) refuseUnsafeJson(value);
  return requireJsonObject(value, 'The body');
}

/** What a vendor calls back with is a hint: whatever is too large or no JSON is taken for nothing. */
async function readHint(payload: Readable, limit: number): Promise<unknown> {
  try {
    const value = parseJson(await readAll(payload, limit));
    refuseUnsafeJson(value);
    return value;
  } catch {
    return undefined;
  }
}

/** Silence in the middle of a body; the connection is cut then. */
const STALLED_MS = 30_000;

async function readAll(payload: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Destroying the body would cut the connection before the refusal could be read.
  const pieces: AsyncIterable<Buffer> = payload.iterator({ destroyOnReturn: false });
  const stalled = setTimeout(() => payload.destroy(), STALLED_MS);
  try {
    for await (const chunk of pieces) {
      stalled.refresh();
      bytes += chunk.length;
      if (bytes > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('INVALID_REQUEST', 'The body broke off.', { cause: error });
  } finally {
    clearTimeout(stalled);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (limit: number): GatewayError =>
  new GatewayError(
    'PAYLOAD_TOO_LARGE',
    `The body is larger than ${limit} bytes, the most that is taken here.`,
  );

function requireJson(headers: IncomingHttpHeaders): void {
  const { 'content-type': type, 'content-encoding': encoding = 'identity' } = headers;
  if (encoding !== 'identity') {
    throw new GatewayError(
      'UNSUPPORTED_MEDIA_TYPE',
      `The body came encoded as "${encoding}"; send it without content-encoding.`,
    );
  }
  if (/^application\/(.+\+)?json\s*(;|$)/i.test(type ?? '')) return;
  const sent = type ? `"${type}"` : 'no content type';
  throw new GatewayError(
    'UNSUPPORTED_MEDIA_TYPE',
    `The body came as ${sent}; send "content-type: application/json".`,
  );
}
