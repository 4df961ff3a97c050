import { GatewayError } from '@app/errors';
import type { IncomingHttpHeaders } from 'node:http';

/** What of a request decides whether it may become a WebSocket (RFC 6455, section 4.2.1). */
export interface HandshakeRequest {
  readonly method?: string | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * The sub-protocols to offer to the upstream: the caller's, in their order, but for those that carry a key
 * or choose who pays at the upstream. They belong with the key that is swapped.
 * @throws GatewayError for what is no handshake of version 13
 */
export function offeredProtocols({ method, httpVersion, headers }: HandshakeRequest): string[] {
  if (method !== 'GET') {
    throw new GatewayError('METHOD_NOT_ALLOWED', 'A WebSocket is opened by GET.', {
      allow: ['GET'],
    });
  }
  if (httpVersion !== '1.1') throw malformed('it is not HTTP/1.1');
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0) {
    throw malformed('it has a body');
  }
  if (headers['sec-websocket-version'] !== '13') {
    throw new GatewayError('UPGRADE_REQUIRED', 'WebSockets are spoken here in version 13 only.', {
      headers: { 'sec-websocket-version': '13' },
    });
  }
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) {
    throw malformed('Sec-WebSocket-Key is not 16 bytes in base64');
  }
  return protocolsIn(headers['sec-websocket-protocol']).filter((name) => !isForUs(name));
}

const KEY = /^[+/0-9A-Za-z]{22}==$/;

function protocolsIn(header: string | undefined): string[] {
  const names = header?.split(',').map((name) => name.trim()) ?? [];
  if (!names.every((name) => TOKEN.test(name))) {
    throw malformed('Sec-WebSocket-Protocol is not a list of names');
  }
  if (new Set(names).size < names.length) throw malformed('a sub-protocol is offered twice');
  return names;
}

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const isForUs = (name: string): boolean =>
  ['openai-insecure-api-key.', 'openai-organization.', 'openai-project.'].some((prefix) =>
    name.toLowerCase().startsWith(prefix),
  );

const malformed = (why: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `The WebSocket handshake is refused: ${why}.`);
