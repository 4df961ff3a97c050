import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errorBody, GatewayError } from '@app/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Far more than any client sends; beyond 2000 Node would leave lines out, and not say so. */
const MAX_HEADER_LINES = 1_000;

/** For the caller to read a refusal before its connection is cut. */
const LINGER_MS = 1_000;

/**
 * Refuses what two readers of one connection could read in two ways, before it is a request: broken
 * HTTP, a second `Host`, a target for another host, and pipelining (a request before the answer to the
 * one before it has begun), which is where smuggled requests hide. Whatever is refused is the last on its
 * connection.
 */
export class WireGuard {
  private readonly answers = new WeakMap<Socket, ServerResponse>();
  private readonly refused = new WeakSet<Socket>();

  constructor(private readonly newRequestId: () => string) {}

  /** Call before any other hook is added: what is refused here is nobody else's business. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', async (request, reply) => {
      const { socket } = request.raw;
      const flaw = this.isUnbegun(socket) ? PIPELINED : flawOf(request.raw);
      if (flaw) this.refuse(request, reply, flaw);
      else this.answers.set(socket, reply.raw);
    });
    fastify.server.on('connect', ({ method }: IncomingMessage, socket: Socket) => {
      this.end(socket, { status: 405, message: `${method} is not taken: this is no proxy.` });
    });
  }

  /**
   * Whether a request may leave HTTP: an upgrade comes past every hook. One that may not stays a request,
   * and is refused as one.
   */
  maySwitch(request: IncomingMessage): boolean {
    return !this.isUnbegun(request.socket) && flawOf(request) === null;
  }

  /** Fastify's `clientErrorHandler`: what came in is no HTTP, or not in time. */
  readonly refuseBroken = (error: NodeJS.ErrnoException, socket: Socket): void => {
    const open = this.answers.get(socket);
    const isAnswering = open !== undefined && !open.writableEnded && open.headersSent;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) socket.destroy();
    else this.end(socket, brokenFlaw(error));
  };

  /**
   * Not: until it has ended. A caller has the last byte, and may go on, a moment before we have noted that it
   * was the last.
   */
  private isUnbegun(socket: Socket): boolean {
    return this.refused.has(socket) || this.answers.get(socket)?.headersSent === false;
  }

  private refuse({ raw }: FastifyRequest, reply: FastifyReply, flaw: Flaw): void {
    reply.hijack();
    if (this.refused.has(raw.socket)) return;
    this.refused.add(raw.socket);
    const { headers, body } = this.answer(flaw);
    reply.raw.writeHead(flaw.status, headers).end(body);
    // Nothing that follows a pipelined one is ever read, so that nothing of it is held until its turn comes.
    if (flaw === PIPELINED) raw.socket.pause();
  }

  private end(socket: Socket, flaw: Flaw): void {
    if (this.refused.has(socket)) return;
    this.refused.add(socket);
    const { headers, body } = this.answer(flaw);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`HTTP/1.1 ${flaw.status} ${REASONS[flaw.status]}`, ...lines].join('\r\n');
    // A request under way on this connection ends with it.
    const cut = (): void => void socket.destroy();
    if (this.isUnanswered(socket)) socket.end(`${head}\r\n\r\n${body}`, cut);
    else socket.end(`${head}\r\n\r\n${body}`, () => setTimeout(cut, LINGER_MS).unref());
  }

  private isUnanswered(socket: Socket): boolean {
    return this.answers.get(socket)?.writableEnded === false;
  }

  private answer({ status, message }: Flaw) {
    const requestId = this.newRequestId();
    const code = status === 405 ? 'METHOD_NOT_ALLOWED' : 'INVALID_REQUEST';
    const shape = { ...errorBody(new GatewayError(code, message), requestId), code: status };
    const body = JSON.stringify(shape);
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'x-taskgate-request-id': requestId,
      connection: 'close',
    };
    return { headers, body };
  }
}

interface Flaw {
  readonly status: keyof typeof REASONS;
  readonly message: string;
}

const REASONS = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
} as const;

const PIPELINED: Flaw = {
  status: 400,
  message:
    'HTTP pipelining is not taken: this request came before the answer to the one before it had begun, and was not carried out.',
};

function flawOf({ rawHeaders, url = '' }: IncomingMessage): Flaw | null {
  if (rawHeaders.length > 2 * MAX_HEADER_LINES) {
    return { status: 431, message: `More than ${MAX_HEADER_LINES} header lines are not taken.` };
  }
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1) return { status: 400, message: 'The request has several Host headers.' };
  if (url.startsWith('/')) return null;
  const message =
    'The request target must be a path (/v1/…), or a URL whose host is that of the Host header.';
  return { status: 400, message };
}

function brokenFlaw({ code }: NodeJS.ErrnoException): Flaw {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = 'The request line and its headers are larger than the 16 KiB that are taken.';
    return { status: 431, message };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { status: 408, message: 'The head of the request did not come in time.' };
  }
  return { status: 400, message: `This is no valid HTTP/1.1 request (${code ?? 'unknown'}).` };
}
