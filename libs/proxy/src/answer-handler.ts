import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { RawHeaders } from './raw-headers.js';
import { upstreamFailure } from './upstream-failure.js';

/** The upstream's answer from its head on. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  /**
   * The body as it arrives. Fails with a `GatewayError` when the upstream breaks off; destroying it
   * closes the connection to the upstream.
   */
  readonly body: Readable;
  /** What came behind the body; empty until that has ended. */
  readonly trailers: () => RawHeaders;
}

/**
 * One exchange as undici tells it, turned into a promise of the head and a stream of the body.
 * undici's own `request()` would do, but does not tell whether a failed request had been sent.
 */
export class AnswerHandler implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private body: Readable | null = null;
  private abortReason: Error | null = null;

  constructor(
    private readonly resolve: (answer: UpstreamAnswer) => void,
    private readonly reject: (error: Error) => void,
    private readonly onStart: () => void = () => undefined,
  ) {}

  /** Ends the exchange at whatever stage it is; a no-op when it is over. */
  abort(reason: Error): void {
    this.abortReason ??= reason;
    if (this.body) this.body.destroy(reason);
    else this.controller?.abort(reason);
    this.reject(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.abortReason) controller.abort(this.abortReason);
    else this.onStart();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.body = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        controller.abort(error ?? new Error('The answer is no longer wanted'));
        done(error);
      },
    });
    // The body may break before anybody reads it; the reader then finds it broken (`errored`).
    this.body.on('error', () => undefined);
    this.resolve({
      status,
      headers: flat(controller.rawHeaders),
      body: this.body,
      trailers: () => flat(controller.rawTrailers),
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.body?.push(chunk) === false) controller.pause();
  }

  onResponseEnd(): void {
    this.body?.push(null);
  }

  /** undici calls it without a controller when the request never found a connection. */
  onResponseError(_controller: unknown, error: Error): void {
    if (this.body) {
      this.body.destroy(upstreamFailure(error, 'answering'));
      return;
    }
    this.reject(upstreamFailure(error, this.controller ? 'waiting' : 'connecting'));
  }
}

/** On HTTP/1.1 undici keeps headers and trailers as it read them: a flat list of Latin-1 bytes. */
function flat(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
}
