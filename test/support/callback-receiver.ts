import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ReceivedCallback {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they came: signatures are over these. */
  readonly rawBody: Buffer;
  readonly receivedAtMs: number;
}

export interface CallbackAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `hang` is not answered before `release`. */
export type CallbackReply = CallbackAnswer | 'hang';

export interface CallbackReceiver {
  /** `http://127.0.0.1:PORT/hook` */
  readonly url: string;
  readonly received: readonly ReceivedCallback[];
  /** Requests that hang now. */
  readonly hanging: number;
  /** Connections that were open at once, at most. */
  readonly mostConnections: number;
  /** Resolves when so many have come. @throws after the deadline. */
  waitFor(count: number, deadlineMs?: number): Promise<readonly ReceivedCallback[]>;
  /** Answers 200 to what hangs, and to whatever comes. */
  release(): void;
  stop(): Promise<void>;
}

const TAKEN: CallbackAnswer = { status: 200 };

/**
 * A receiver of callbacks on loopback.
 * @param replies to the first, second, … request, after the last one: 200; or what each request gets
 */
export async function startCallbackReceiver(
  replies: readonly CallbackReply[] | ((callback: ReceivedCallback) => CallbackReply) = [],
): Promise<CallbackReceiver> {
  const received: ReceivedCallback[] = [];
  const hanging = new Set<ServerResponse>();
  const arrivals = new EventTarget();
  const connections = { now: 0, most: 0 };
  let isReleased = false;
  const replyTo = (callback: ReceivedCallback, index: number): CallbackReply => {
    if (isReleased) return TAKEN;
    return typeof replies === 'function' ? replies(callback) : (replies[index] ?? TAKEN);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const callback = await receive(request);
    const given = replyTo(callback, received.push(callback) - 1);
    if (given === 'hang') hold(response, hanging);
    arrivals.dispatchEvent(new Event('arrival'));
    if (given !== 'hang') response.writeHead(given.status, { ...given.headers }).end(given.body);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.on('connection', (socket) => {
    connections.now += 1;
    connections.most = Math.max(connections.most, connections.now);
    socket.once('close', () => (connections.now -= 1));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    get hanging() {
      return hanging.size;
    },
    get mostConnections() {
      return connections.most;
    },
    waitFor: async (count, deadlineMs = 20_000) => {
      const signal = AbortSignal.timeout(deadlineMs);
      while (received.length < count) await once(arrivals, 'arrival', { signal });
      return received;
    },
    release: () => {
      isReleased = true;
      for (const response of hanging) response.writeHead(TAKEN.status).end();
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function receive(request: IncomingMessage): Promise<ReceivedCallback> {
  const rawBody = await buffer(request);
  return { path: request.url ?? '', headers: request.headers, rawBody, receivedAtMs: Date.now() };
}

function hold(response: ServerResponse, hanging: Set<ServerResponse>): void {
  hanging.add(response);
  response.once('close', () => hanging.delete(response));
}
