import { errorBody, type GatewayError } from '@app/errors';
import type { ServerResponse } from 'node:http';
import type { KeepAlive } from './keep-alive.js';

/**
 * Begins the answer to a call for a stream before an upstream has: callers, and proxies before them, give up on
 * what is silent. From then on the status is 200, and what goes wrong is told within the stream.
 */
export class EarlyHead {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly response: ServerResponse,
    private readonly keepAlive: KeepAlive,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** @param silenceMs until the head goes out; 0: it never does */
  start(silenceMs: number): void {
    if (silenceMs > 0) this.timer = setTimeout(() => this.send(), silenceMs).unref();
  }

  /** Idempotent; the upstream's own head may go out now, unless this one has (`headersSent`). */
  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private send(): void {
    const { response, keepAlive, headers } = this;
    if (response.headersSent || response.destroyed) return;
    response.writeHead(200, { ...HEAD, ...headers });
    response.write(': keep-alive\n\n');
    keepAlive.start();
  }
}

const HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

/**
 * The last frame of an event stream that ends badly; OpenAI's SDKs raise it as an error. It begins with a
 * blank line, because the frame before it may be half there (and is lost).
 */
export const errorFrame = (error: GatewayError, requestId: string): string =>
  frameOf(errorBody(error, requestId).error);

/** The same of an error that an upstream told as an answer of its own; null: its body holds none. */
export function frameOfAnswer(body: Buffer): string | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const error: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, 'error') : undefined;
    return error === undefined ? null : frameOf(error);
  } catch {
    return null;
  }
}

const frameOf = (error: unknown): string => `\n\ndata: ${JSON.stringify({ error })}\n\n`;
