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

export interface CallbackReceiver {
  /** `http://127.0.0.1:PORT/hook` */
  readonly url: string;
  readonly received: readonly ReceivedCallback[];
  /** Resolves when so many have come. @throws after the deadline. */
  waitFor(count: number, deadlineMs?: number): Promise<readonly ReceivedCallback[]>;
  stop(): Promise<void>;
}

const TAKEN: CallbackAnswer = { status: 200 };

/**
 * A receiver of callbacks on loopback.
 * @param answers for the first, second, … request; after the last one: 200. `hang` never answers.
 */
export async function startCallbackReceiver(
  answers: readonly (CallbackAnswer | 'hang')[] = [],
): Promise<CallbackReceiver> {
  const received: ReceivedCallback[] = [];
  const arrivals = new EventTarget();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const given = answers[received.push(await receive(request)) - 1] ?? TAKEN;
    arrivals.dispatchEvent(new Event('arrival'));
    if (given !== 'hang') response.writeHead(given.status, { ...given.headers }).end(given.body);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    waitFor: async (count, deadlineMs = 20_000) => {
      const signal = AbortSignal.timeout(deadlineMs);
      while (received.length < count) await once(arrivals, 'arrival', { signal });
      return received;
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
