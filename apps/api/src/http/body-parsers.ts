import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { GatewayError } from '@app/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface BodyLimits {
  readonly tasks: number;
  readonly admin: number;
}

/**
 * Parsers belong to a Fastify context, not to a route; so one parser for everything looks at the
 * route: raw ones get the untouched stream, the rest parsed JSON with a digest of the very bytes.
 */
export function installBodyParsers(fastify: FastifyInstance, limits: BodyLimits): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    if (request.routeOptions.config.raw) return payload;
    const limit = request.url.startsWith('/admin/') ? limits.admin : limits.tasks;
    const bytes = await readAll(payload, limit);
    request.bodyBytes = bytes.length;
    request.bodySha256 = createHash('sha256').update(bytes).digest();
    if (bytes.length === 0) return undefined;
    requireJson(request.headers['content-type']);
    return requireObject(parseJson(bytes));
  });
}

async function readAll(payload: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of payload) {
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

function requireJson(contentType: string | undefined): void {
  if (/^application\/(.+\+)?json\s*(;|$)/i.test(contentType ?? '')) return;
  const sent = contentType ? `"${contentType}"` : 'no content type';
  throw new GatewayError(
    'UNSUPPORTED_MEDIA_TYPE',
    `The body came as ${sent}; send "content-type: application/json".`,
  );
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'), refuseDangerousKeys);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be parsed';
    throw new GatewayError('INVALID_REQUEST', `The body is not valid JSON: ${reason}`);
  }
}

/** A key that would reach an object's prototype when the value is merged somewhere. */
function refuseDangerousKeys(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new Error('the key "__proto__" is not taken');
  return value;
}

function requireObject(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const sent = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
  throw new GatewayError('INVALID_REQUEST', `The body takes a JSON object, not ${sent}.`);
}
