import { errorBody } from '@app/errors';
import type { Policy } from '@app/tenants';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import type { Governor } from '../governor.js';
import { NO_GOVERNOR } from '../no-governor.js';
import { NO_OBJECTS, type Objects } from '../objects/objects.js';
import { PassThroughError, type PassThroughRecord } from '../pass-through-record.js';
import type { Route } from '../routing/route.js';
import { Routing } from '../routing/routing.js';
import { TargetHealth } from '../routing/target-health.js';
import { Upstreams } from '../routing/upstreams.js';
import { plainAnswer } from '../socket/plain-answer.js';
import { Sockets } from '../socket/sockets.js';
import { UpstreamAccounts } from '../upstream-accounts.js';
import { UpstreamClient } from '../upstream-client.js';
import { deferred } from './deferred.js';
import { identityOf } from './identity.js';
import { keysOf } from './keys-of.js';
import { listen } from './loopback.js';

export interface SocketStandOptions {
  /** What the upstream does with a connection. */
  readonly upstream?: (socket: WebSocket, request: IncomingMessage) => void;
  /** What it answers to a handshake that it refuses. */
  readonly refuses?: RequestListener;
  /** Which of the offered sub-protocols it takes. */
  readonly protocol?: string;
  readonly governor?: Governor;
  readonly objects?: Objects;
  readonly policy?: Policy;
  readonly maxJsonBytes?: number;
  readonly key?: string;
  /** Of the upstream. */
  readonly keys?: readonly string[];
  readonly routes?: readonly Route[];
  /** Upstreams besides, by name: their base URLs. */
  readonly others?: Readonly<Record<string, string>>;
}

/** A gateway in front of an upstream that speaks WebSocket, both on loopback. */
export interface SocketStand {
  readonly url: string;
  /** The handshake as the upstream saw it. */
  readonly asked: Promise<IncomingMessage>;
  /** Of the first connection, once it is over. */
  readonly record: Promise<PassThroughRecord>;
  readonly bugs: unknown[];
  /** As if the key had ended, or the process stopped. */
  readonly end: AbortController;
  connect(path: string, options?: Connect): WebSocket;
  close(): Promise<void>;
}

export interface Connect extends ClientOptions {
  readonly protocols?: string[];
}

export async function socketStand(options: SocketStandOptions = {}): Promise<SocketStand> {
  const asked = deferred<IncomingMessage>();
  const record = deferred<PassThroughRecord>();
  const end = new AbortController();
  const bugs: unknown[] = [];
  const upstream = await upstreamOf(options, asked.resolve);
  const accounts = new UpstreamAccounts({ keys: () => keysOf(...(options.keys ?? ['sk-up'])) });
  const baseUrl = `http://127.0.0.1:${upstream.port}/v1`;
  const http = new UpstreamClient({ baseUrl });
  const spec = { name: 'openai', baseUrl, weight: 1, injectUsage: false };
  const routing = new Routing(new Upstreams({ ...spec, client: http, accounts }));
  routing.replaceRoutes(options.routes ?? []);
  routing.upstreams.replace(
    Object.entries(options.others ?? {}).map(([name, url]) => ({
      ...spec,
      name,
      baseUrl: url,
      client: http,
      accounts,
    })),
  );
  const sockets = new Sockets({
    maxJsonBytes: options.maxJsonBytes ?? 64 * 1024,
    namesOf: (model) => [model],
    governor: options.governor ?? NO_GOVERNOR,
    objects: options.objects ?? NO_OBJECTS,
    routing,
    health: new TargetHealth(),
    onBug: (error) => bugs.push(error),
  });
  const front = await listen((_request, response) => response.writeHead(404).end());
  const clients: WebSocket[] = [];
  let requests = 0;
  front.server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const response = (): ServerResponse => plainAnswer(request);
    requests += 1;
    const requestId = `req_${requests}`;
    const incoming = {
      identity: identityOf({ policy: options.policy ?? {} }),
      key: options.key ?? null,
      target: request.url ?? '',
      rawHeaders: request.rawHeaders,
      requestId,
      signal: end.signal,
      upgrade: { request, socket, head },
      response,
    };
    sockets.connect(incoming).then(record.resolve, (error: unknown) => {
      if (!(error instanceof PassThroughError)) throw error;
      response()
        .writeHead(error.status, { ...error.headers })
        .end(JSON.stringify(errorBody(error, requestId)));
      record.resolve(error.record);
    });
  });
  return {
    url: front.url,
    asked: asked.promise,
    record: record.promise,
    bugs,
    end,
    connect: (path, { protocols = [], ...more } = {}) => {
      const client = new WebSocket(`${front.url.replace('http', 'ws')}${path}`, protocols, more);
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.terminate();
      upstream.terminate();
      await Promise.all([front.close(), http.close(), upstream.close()]);
    },
  };
}

async function upstreamOf(
  { upstream, refuses, protocol }: SocketStandOptions,
  onAsked: (request: IncomingMessage) => void,
) {
  const server = await listen((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: true,
    handleProtocols: () => protocol ?? false,
  });
  server.server.on('upgrade', (request: IncomingMessage, socket, head) => {
    onAsked(request);
    if (refuses) {
      refuses(request, plainAnswer(request));
      return;
    }
    sockets.handleUpgrade(request, socket, head, (one) => {
      one.on('error', () => undefined);
      upstream?.(one, request);
    });
  });
  return {
    port: server.port,
    terminate: () => {
      for (const client of sockets.clients) client.terminate();
    },
    close: async () => await server.close(),
  };
}

/** The messages of a connection from now on, as text. */
export function textsOf(socket: WebSocket): () => Promise<string> {
  const come: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  socket.on('message', (data: Buffer) => {
    const text = data.toString('utf8');
    const next = waiting.shift();
    if (next) next(text);
    else come.push(text);
  });
  return async () => come.shift() ?? (await new Promise((resolve) => waiting.push(resolve)));
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export async function closed(socket: WebSocket): Promise<Closed> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { code, reason: reason.toString('utf8') };
}

/** The status, headers and body with which a handshake was refused. */
export async function refusal(socket: WebSocket) {
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: answer.statusCode, headers: answer.headers, text };
}

/** A connection that is open. */
export async function opened(socket: WebSocket): Promise<WebSocket> {
  await once(socket, 'open');
  return socket;
}
