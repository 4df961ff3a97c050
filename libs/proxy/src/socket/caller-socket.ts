import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { headerPairs, type RawHeaders } from '../raw-headers.js';
import { CLOSE_TIMEOUT_MS } from './upstream-socket.js';

/** A request that is to become a WebSocket: nothing was answered yet. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the request already. */
  readonly head: Buffer;
}

export interface AcceptOptions {
  /** Null: none. */
  readonly protocol: string | null;
  /** Of the answer, besides those of the handshake. */
  readonly headers: RawHeaders;
  readonly maxMessageBytes: number;
}

/**
 * Answers the handshake; its key and version were judged before. No extension is taken, and no ping answered.
 * Null: the caller has left.
 */
export function accept(upgrade: Upgrade, options: AcceptOptions): WebSocket | null {
  const { request, socket, head } = upgrade;
  const { protocol, headers, maxMessageBytes } = options;
  const settings = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: maxMessageBytes,
    closeTimeout: CLOSE_TIMEOUT_MS,
    handleProtocols: () => protocol ?? false,
  } as const;
  const server = new WebSocketServer(settings);
  server.on('headers', (lines) => {
    for (const [name, value] of headerPairs(headers)) lines.push(`${name}: ${value}`);
  });
  const opened: WebSocket[] = [];
  // Calls back at once or never.
  server.handleUpgrade(request, socket, head, (one) => opened.push(one));
  opened[0]?.on('error', () => undefined);
  return opened[0] ?? null;
}

/** Calls back when the caller leaves before it was answered; the returned function ends the watch. */
export function watchLeaving(socket: Duplex, onLeft: () => void): () => void {
  // Nobody reads yet, so its farewell would wait unseen behind what came before it.
  const look = (): void => void (socket.readableLength === 0 && socket.read(0));
  socket.on('readable', look);
  socket.on('end', onLeft);
  socket.on('close', onLeft);
  socket.on('error', onLeft);
  return () => {
    for (const event of ['end', 'close', 'error']) socket.off(event, onLeft);
    socket.off('readable', look);
  };
}
