import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import { AnswerHandler, type UpstreamAnswer } from './answer-handler.js';
import type { RawHeaders } from './raw-headers.js';

export interface UpstreamOptions {
  /** Where `/v1` of the gateway leads (`https://api.openai.com/v1`); a trailing slash is ignored. */
  readonly baseUrl: string;
  /** Until the connection, TLS included, stands. Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Until the answer's head is complete. Default 600 s: an unstreamed answer may take minutes. */
  readonly headersTimeoutMs?: number;
  /** Longest silence between two pieces of the answer's body. Default 300 s. */
  readonly idleTimeoutMs?: number;
}

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
      connect: { timeout: options.connectTimeoutMs ?? 5_000 },
      headersTimeout: options.headersTimeoutMs ?? 600_000,
      bodyTimeout: options.idleTimeoutMs ?? 300_000,
    });
  }

  /** @throws GatewayError before the head (an `UpstreamFailure`, or the body's own); the signal's reason */
  forward(request: UpstreamRequest): Promise<UpstreamAnswer> {
    return new Promise((resolve, reject) => {
      const { signal } = request;
      signal.throwIfAborted();
      const handler = new AnswerHandler(resolve, reject, request.onStart);
      signal.addEventListener('abort', () => handler.abort(abortReason(signal)), { once: true });
      this.agent.dispatch(this.dispatchOptions(request), handler);
    });
  }

  /** Cuts what is still open. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private dispatchOptions(request: UpstreamRequest): Dispatcher.DispatchOptions {
    return {
      origin: this.origin,
      path: `${this.basePath}${request.path.slice('/v1'.length)}${request.query}` || '/',
      method: request.method,
      headers: [...request.headers],
      body: request.body,
    };
  }
}

const abortReason = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('The exchange was called off');
