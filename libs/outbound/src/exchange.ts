import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { DoorRequest, DoorResponse } from './door.js';
import { ExchangeClocks } from './exchange-clocks.js';
import { OutboundError, type OutboundErrorKind } from './outbound-error.js';

/**
 * One request and its answer, from before the name is resolved until the last byte. It knows whether
 * a byte may have left (`requestSent`): the transport announces a request when a connected, vetted
 * socket is about to carry it, and not before.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly response: Promise<DoorResponse>;
  private answered: (response: DoorResponse) => void = () => undefined;
  private failed: (failure: OutboundError) => void = () => undefined;
  private readonly clocks: ExchangeClocks;
  private controller: Dispatcher.DispatchController | null = null;
  private body: Readable | null = null;
  private bytes = 0;
  private requestSent = false;
  private failure: OutboundError | null = null;

  constructor(
    private readonly request: DoorRequest,
    private readonly host: string,
  ) {
    this.response = new Promise((resolve, reject) => {
      this.answered = resolve;
      this.failed = reject;
    });
    this.clocks = new ExchangeClocks(request.timeouts, (what) => this.end('timeout', what));
    request.signal?.addEventListener('abort', this.onAbort, { once: true });
    if (request.signal?.aborted === true) this.onAbort();
  }

  /** Whether it already failed, so that there is nothing left to send. */
  get hasFailed(): boolean {
    return this.failure !== null;
  }

  /** Ends the exchange; the first failure is the one that is told. */
  fail(failure: OutboundError): void {
    if (this.failure) return;
    this.failure = failure;
    this.release();
    this.failed(failure);
    this.body?.destroy(failure);
    this.controller?.abort(failure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.failure) return controller.abort(this.failure);
    // Whatever the transport thinks of it: a request that may be on its way is never sent again.
    if (this.requestSent) return this.end('reset', `The exchange with ${this.host} broke.`);
    this.requestSent = true;
    this.clocks.startHeaders();
  }

  onBodySent(): void {
    if (!this.body && !this.failure) this.clocks.startHeaders();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: DoorResponse['headers'],
  ): void {
    if (status < 200) return;
    this.clocks.startIdle();
    const body = new Readable({
      read: () => this.onRead(controller),
      destroy: (error, done) => {
        this.onBodyDestroyed();
        done(error);
      },
    });
    // Who reads the body sees its failure; who never does must not bring the process down.
    body.on('error', () => undefined);
    this.body = body;
    this.answered({ status, headers, body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    const { maxBytes } = this.request;
    if (maxBytes !== undefined && this.bytes > maxBytes) {
      return this.end('too-large', `${this.host} answered more than ${maxBytes} bytes.`);
    }
    this.clocks.startIdle();
    if (this.body?.push(chunk) !== false) return;
    // A slow reader is not a silent server.
    this.clocks.stopIdle();
    controller.pause();
  }

  onResponseEnd(): void {
    this.controller = null;
    this.release();
    this.body?.push(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.controller = null;
    if (error instanceof OutboundError) return this.end(error.kind, error.message);
    const detail = detailOf(error);
    return this.requestSent
      ? this.end('reset', `The exchange with ${this.host} broke${detail}.`, error)
      : this.end('connect', `No connection to ${this.host}${detail}.`, error);
  }

  private readonly onAbort = (): void => {
    this.end('aborted', `The request to ${this.host} was aborted.`, this.request.signal?.reason);
  };

  private onRead(controller: Dispatcher.DispatchController): void {
    if (!controller.paused || !this.controller) return;
    this.clocks.startIdle();
    controller.resume();
  }

  /** The reader stopped early: what is still on its way is not wanted. */
  private onBodyDestroyed(): void {
    if (this.controller) this.end('aborted', `The answer of ${this.host} was not read to its end.`);
  }

  private end(kind: OutboundErrorKind, message: string, cause?: unknown): void {
    this.fail(new OutboundError(kind, message, this.requestSent, { cause }));
  }

  private release(): void {
    this.clocks.stop();
    this.request.signal?.removeEventListener('abort', this.onAbort);
  }
}

/** The system's or the TLS library's code, such as ECONNREFUSED; never text of the other side. */
function detailOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
}
