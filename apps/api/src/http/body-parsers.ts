import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { GatewayError } from '@app/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Admission } from './admission.js';
import { refuseUnsafeJson } from './refuse-unsafe-json.js';

export interface BodyLimits {
  readonly tasks: number;
  readonly admin: number;
}

/**
 * Parsers belong to a Fastify context, not to a route; so one parser for everything looks at the
 * route: raw ones get the untouched stream, the rest parsed JSON with a digest of the very bytes.
 * A stranger's body is not read: whoever sends one to `/v1` is recognised first.
 */
export function installBodyParsers(
  fastify: FastifyInstance,
  limits: BodyLimits,
  admission: Admission,
): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    if (request.routeOptions.config.raw) return payload;
    const path = request.routeOptions.url ?? '';
    if (path.startsWith('/v1/')) await admission.recognise(request);
    const limit = path.startsWith('/admin/') ? limits.admin : limits.tasks;
    const bytes = await readAll(payload, limit);
    request.bodyBytes = bytes.length;
    request.bodySha256 = createHash('sha256').update(bytes).digest();
    if (bytes.length === 0) return undefined;
    requireJson(request.headers);
    return requireObject(parseJson(bytes));
  });
}

async function readAll(payload: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Destroying the body would cut the connection before the refusal could be read.
  const pieces: AsyncIterable<Buffer> = payload.iterator({ destroyOnReturn: false });
  for await (const chunk of pieces) {
    bytes += chunk.length;
    if (bytes > limit) {
      throw new GatewayError(
        'PAYLOAD_TOO_LARGE',
        `The body is larger than ${limit} bytes, the most that is taken here.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

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

function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new GatewayError('INVALID_REQUEST', 'The body is not valid UTF-8.');
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    refuseUnsafeJson(value);
    return value;
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    // JSON.parse throws nothing else than SyntaxError; what is left is a stack that was too short.
    const reason = error instanceof SyntaxError ? error.message : 'it is nested too deeply';
    throw new GatewayError('INVALID_REQUEST', `The body is not valid JSON: ${reason}`);
  }
}

function requireObject(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const sent = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
    throw new GatewayError('INVALID_REQUEST', `The body takes a JSON object, not ${sent}.`);
  }
  // The validator takes every name that a class has anyway for a known field.
  if (Object.hasOwn(value, 'constructor')) {
    const message = 'constructor is not a field that is taken here';
    throw new GatewayError('INVALID_REQUEST', message, { param: 'constructor' });
  }
  return value;
}
