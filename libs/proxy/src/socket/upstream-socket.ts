import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { headerPairs, type RawHeaders } from '../raw-headers.js';
import { UpstreamFailure } from '../upstream-failure.js';

export interface SocketAddress {
  /** Where `/v1` of the gateway leads; a trailing slash is ignored. */
  readonly baseUrl: string;
  /** As the caller sent it, `/v1` included, and already judged. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

export interface DialOptions {
  readonly headers: RawHeaders;
  readonly protocols: readonly string[];
  /** Larger messages close the connection with 1009. */
  readonly maxMessageBytes: number;
  /** Until the upstream has answered the handshake. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** `refused`: an answer of HTTP in place of the connection; its body is still to be read. */
export type Dialled =
  | {
      readonly kind: 'open';
      readonly socket: WebSocket;
      readonly answer: IncomingMessage;
      /** Of those that were offered; null: none. */
      readonly protocol: string | null;
    }
  | { readonly kind: 'refused'; readonly answer: IncomingMessage };

/**
 * Opens a WebSocket at an upstream. No extension is offered, because what is compressed could not be judged;
 * pings are left to the other side of the tunnel.
 * @throws UpstreamFailure; the signal's reason
 */
export async function dial(address: SocketAddress, options: DialOptions): Promise<Dialled> {
  const { signal, protocols, headers, maxMessageBytes, timeoutMs } = options;
  signal.throwIfAborted();
  const base = new URL(address.baseUrl);
  const path = `${base.pathname.replace(/\/+$/, '')}${address.path.slice('/v1'.length)}${address.query}`;
  const all = protocols.length > 0 ? [...headers, PROTOCOL, protocols.join(', ')] : headers;
  const settings = {
    headers: headerTable(all),
    perMessageDeflate: false,
    autoPong: false,
    followRedirects: false,
    maxPayload: maxMessageBytes,
    handshakeTimeout: timeoutMs,
    closeTimeout: CLOSE_TIMEOUT_MS,
    // Byte for byte as it came: `URL` would write some characters anew.
    finishRequest: (request: ClientRequest) => {
      request.path = path === '' ? '/' : path;
      request.end();
    },
  };
  const socket = new WebSocket(base.origin, settings);
  // Whoever opened it learns of its end by `close`.
  socket.on('error', () => undefined);
  const abort = (): void => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await opened(socket, protocols);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function opened(socket: WebSocket, protocols: readonly string[]): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    socket.once('upgrade', (answer) => {
      const protocol = answer.headers[PROTOCOL] ?? null;
      // ws would take it for an error that none of those offered is chosen, which RFC 6455 allows: so it is
      // neither told of them nor of the choice.
      delete answer.headers[PROTOCOL];
      if (protocol !== null && !protocols.includes(protocol)) {
        socket.terminate();
        reject(failed(new Error('The upstream chose a sub-protocol that was not offered')));
      }
      socket.once('open', () => {
        // Until somebody listens nothing must be said.
        socket.pause();
        resolve({ kind: 'open', socket, answer, protocol });
      });
    });
    socket.once('unexpected-response', (_request, answer) => resolve({ kind: 'refused', answer }));
    socket.once('error', (error) => reject(failed(error)));
  });
}

/** A handshake starts nothing that costs, so asking again is never paid twice. */
function failed(error: Error): UpstreamFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isTimeout = code === 'ETIMEDOUT' || /timed out/.test(error.message);
  return new UpstreamFailure(
    isTimeout ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_ERROR',
    `The upstream did not open the connection${code === '' ? '' : ` (${code})`}.`,
    false,
    error,
  );
}

const PROTOCOL = 'sec-websocket-protocol';

/** Repeated ones as lists, in the spelling of the first. */
function headerTable(headers: RawHeaders): Record<string, string | string[]> {
  const table = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const [name, value] of headerPairs(headers)) {
    const known = table.get(name.toLowerCase());
    if (known) known.values.push(value);
    else table.set(name.toLowerCase(), { name, values: [value] });
  }
  return Object.fromEntries(
    [...table.values()].map(({ name, values }) => [
      name,
      values[1] === undefined ? (values[0] ?? '') : values,
    ]),
  );
}

/** For the other side's word of farewell, and then the connection is cut. */
export const CLOSE_TIMEOUT_MS = 1_000;
