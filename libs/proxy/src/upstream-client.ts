import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import { AnswerHandler, type UpstreamAnswer } from './answer-handler.js';
import type { RawHeaders } from './raw-headers.js';
import { type Clocks, DEFAULT_CLOCKS } from './routing/route.js';
import { UpstreamFailure } from './upstream-failure.js';

export interface UpstreamOptions {
  /** Where `/v1` of the gateway leads (`https://api.openai.com/v1`); a trailing slash is ignored. */
  readonly baseUrl: string;
}

/** Those of the five clocks that run while one request is at an upstream, milliseconds. */
export type RequestClocks = Pick<Clocks, 'connectMs' | 'headersMs' | 'idleMs'>;

export interface UpstreamRequest {
  readonly method: string;
  /** As the caller sent it, `/v1` included, and already judged by `upstreamPath`. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly headers: RawHeaders;
  readonly body: Readable | Buffer | null;
  /** Of this request alone: hanging up on the upstream, at any stage. */
  readonly signal: AbortSignal;
  /** Default: `DEFAULT_CLOCKS`. */
  readonly clocks?: RequestClocks;
  /** There is a connection, and the request is being written to it. */
  readonly onStart?: () => void;
}

/**
 * One OpenAI-compatible upstream. Sends a request once: no redirect is followed, nothing is
 * decompressed, nothing is retried. Any status is an answer.
 */
export class UpstreamClient {
  private readonly agent: Agent;
  private readonly origin: string;
  private readonly basePath: string;

  constructor(options: UpstreamOptions) {
    const base = new URL(options.baseUrl);
    this.origin = base.origin;
    this.basePath = base.pathname.replace(/\/+$/, '');
    this.agent = new Agent({
      // A cap would let a few hundred open streams hold up the next request.
      connections: null,
      pipelining: 1,
      // One exchange a connection: hanging up is closing it, and headers keep their wire form.
      allowH2: false,
      // Each request has its own clock for that; this one ends a connection that nobody waits for.
      connect: { timeout: LONGEST_CONNECT_MS },
    });
  }

  /** @throws GatewayError before the head (an `UpstreamFailure`, or the body's own); the signal's reason */
  forward(request: UpstreamRequest): Promise<UpstreamAnswer> {
    return new Promise((resolve, reject) => {
      const { signal, clocks = DEFAULT_CLOCKS, onStart } = request;
      signal.throwIfAborted();
      const connecting = setTimeout(() => handler.abort(notConnected()), clocks.connectMs);
      const handler = new AnswerHandler(
        resolve,
        (error) => {
          clearTimeout(connecting);
          reject(error);
        },
        () => {
          clearTimeout(connecting);
          onStart?.();
        },
      );
      signal.addEventListener('abort', () => handler.abort(abortReason(signal)), { once: true });
      this.agent.dispatch(this.dispatchOptions(request, clocks), handler);
    });
  }

  /** Cuts what is still open. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private dispatchOptions(
    request: UpstreamRequest,
    { headersMs, idleMs }: RequestClocks,
  ): Dispatcher.DispatchOptions {
    return {
      headersTimeout: headersMs,
      bodyTimeout: idleMs,
      origin: this.origin,
      path: `${this.basePath}${request.path.slice('/v1'.length)}${request.query}` || '/',
      method: request.method,
      headers: [...request.headers],
      body: request.body,
    };
  }
}

const LONGEST_CONNECT_MS = 60_000;

const notConnected = (): UpstreamFailure =>
  new UpstreamFailure(
    'UPSTREAM_TIMEOUT',
    'The upstream did not take the connection in time; nothing was sent.',
    false,
  );

const abortReason = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('The exchange was called off');
