import { randomBytes } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { bearerKey } from '../keys.js';
import type { SandboxState } from '../state.js';
import type { LastRequest } from './last-request.js';
import { realtimeSocket } from './realtime-socket.js';
import { responsesSocket } from './responses-socket.js';

/** `GET /realtime` and `GET /responses` of the stand-in, as WebSockets. Any other path is 404, a wrong key 401. */
export function openAiSockets(
  app: FastifyInstance,
  state: SandboxState,
  lastRequest: LastRequest,
): void {
  const sockets = new WebSocketServer({ noServer: true });
  const take = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { method = '', url = '', headers } = request;
    lastRequest.remember({ method, path: url, headers });
    const { pathname, searchParams } = new URL(url, 'http://sandbox');
    const talk = TALKS.get(pathname);
    if (!talk) return refuse(socket, 404);
    if (!state.keys.isGood(bearerKey(headers.authorization))) return refuse(socket, 401);
    sockets.handleUpgrade(request, socket, head, (opened) => {
      // A caller who breaks off is done.
      opened.on('error', () => undefined);
      talk(state, opened, searchParams);
    });
  };
  app.server.on('upgrade', take);
  app.addHook('preClose', async () => {
    for (const socket of sockets.clients) socket.terminate();
  });
}

type Talk = (state: SandboxState, socket: WebSocket, query: URLSearchParams) => void;

const TALKS: ReadonlyMap<string, Talk> = new Map([
  ['/openai/v1/realtime', realtimeSocket],
  ['/openai/v1/responses', responsesSocket],
]);

function refuse(socket: Duplex, status: 401 | 404): void {
  const code = status === 401 ? 'invalid_api_key' : null;
  const message = status === 401 ? 'Incorrect API key provided.' : 'Invalid URL.';
  const body = JSON.stringify({
    error: { message, type: 'invalid_request_error', param: null, code },
  });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: req_${randomBytes(16).toString('hex')}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
