import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { DoorRequest, DoorResponse } from './door.js';
import { type ClockPhase, ExchangeClocks } from './exchange-clocks.js';
import { ExchangeTrace } from './exchange-trace.js';
import type { Carried, Line } from './line.js';
import { OutboundError, type OutboundErrorKind } from './outbound-error.js';
import { headOf, MAX_INTERIM_ANSWERS } from './response-head.js';
import { Silence } from './silence.js';
import { codeOf } from './unreachable.js';

/**
 * One request and its answer, from before the name is resolved until the last byte. It knows whether
 * a byte may have left (`requestSent`): the transport announces a request when a connected, vetted
 * socket is about to carry it, and not before.
 */
export class Exchange implements Carried {
  readonly response: Promise<DoorResponse>;
  /** Whether the addresses are known, so that what is waited for is a connection. */
  private isResolved = false;
  private readonly trace = new ExchangeTrace();
  private over: AbortController | null = null;
  private hasEnded = false;
  private answered: (response: DoorResponse) => void = () => undefined;
  private failed: (failure: OutboundError) => void = () => undefined;
  private readonly clocks: ExchangeClocks;
  private readonly silence: Silence;
  private line: Line | null = null;
  private controller: Dispatcher.DispatchController | null = null;
  private body: Readable | null = null;
  private bytes = 0;
  private interimAnswers = 0;
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
    this.silence = new Silence(request.addressClass.kind === 'tenant');
    this.clocks = new ExchangeClocks(request.timeouts, this.onClock);
    request.signal?.addEventListener('abort', this.onAbort, { once: true });
    if (request.signal?.aborted === true) this.onAbort();
  }

  /** Whether there is nothing left to resolve, dial or send for. */
  get isOver(): boolean {
    return this.hasEnded;
  }

  /** Aborts when it is over. Made when it is asked for, because few requests need one. */
  get ended(): AbortSignal {
    this.over ??= new AbortController();
    if (this.hasEnded) this.over.abort();
    return this.over.signal;
  }

  /** `areAllowed`: all addresses lie in networks that the operator opened, whose state is no secret. */
  resolved(dnsMs: number | null, areAllowed: boolean): void {
    this.isResolved = true;
    if (dnsMs !== null) this.trace.resolved(dnsMs);
    if (areAllowed) this.silence.lift();
  }

  /** Ends the exchange; the first failure is the one that is told. */
  fail(failure: OutboundError): void {
    if (this.failure) return;
    if (!this.silence.holds(failure)) this.tell(failure);
    this.callOff();
  }

  /** The door closes. */
  shut(): void {
    this.end('aborted', 'The exit door was closed.');
  }

  onLine(line: Line): void {
    this.line = line;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.hasEnded) return controller.abort(this.failure ?? new Error('Called off'));
    // Whatever the transport thinks of it: a request that may be on its way is never sent again.
    if (this.requestSent) return this.end('reset', `The exchange with ${this.host} broke.`);
    this.requestSent = true;
    const connection = this.line?.connection;
    if (connection) {
      this.trace.carriedBy(connection);
      connection.carried += 1;
    }
    this.clocks.startHeaders();
  }

  onBodySent(): void {
    if (!this.body && !this.failure) this.clocks.startHeaders();
  }

  onRequestSent(): void {
    this.trace.sent();
  }

  onResponseStarted(): void {
    this.trace.answered();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: DoorResponse['headers'],
  ): void {
    if (status < 200) return this.onInterimAnswer();
    const head = headOf(status, headers);
    if (head === null) return this.end('too-large', `${this.host} answered too many headers.`);
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
    this.answered({ ...head, body, trace: this.trace.read() });
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

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.controller = null;
    if (error instanceof OutboundError) {
      return this.requestSent ? this.end(error.kind, error.message) : this.fail(error);
    }
    const code = codeOf(error);
    if (code === 'UND_ERR_HEADERS_OVERFLOW') {
      return this.end('too-large', `${this.host} answered too many headers.`);
    }
    const detail = code === undefined ? '' : ` (${code})`;
    return this.requestSent
      ? this.end('reset', `The exchange with ${this.host} broke${detail}.`, error)
      : this.end('connect', `No connection to ${this.host}${detail}.`, error);
  }

  private readonly onClock = (phase: ClockPhase, message: string): void => {
    if (phase !== 'connect') return this.end('timeout', message);
    const stage = this.isResolved ? (this.line?.connection?.stage ?? 'dialling') : 'resolving';
    this.tell(this.silence.overdue(stage, this.host, message));
    this.callOff();
  };

  private readonly onAbort = (): void => {
    this.end('aborted', `The request to ${this.host} was aborted.`, this.request.signal?.reason);
  };

  /** Processing, early hints: passed over, but not for ever. */
  private onInterimAnswer(): void {
    this.interimAnswers += 1;
    if (this.interimAnswers <= MAX_INTERIM_ANSWERS) return;
    this.end('too-large', `${this.host} sent more than ${MAX_INTERIM_ANSWERS} interim answers.`);
  }

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

  private tell(failure: OutboundError): void {
    if (this.failure) return;
    const dialled = this.line?.connection;
    if (dialled?.carried === 0) this.trace.carriedBy(dialled);
    failure.trace = this.trace.read();
    this.failure = failure;
    this.release();
    this.failed(failure);
    this.body?.destroy(failure);
    this.controller?.abort(failure);
  }

  /** Nothing is resolved, dialled or held open for it any more. */
  private callOff(): void {
    this.hasEnded = true;
    this.over?.abort();
    if (!this.requestSent) this.line?.connection?.abandon();
  }

  private release(): void {
    this.clocks.stop();
    this.request.signal?.removeEventListener('abort', this.onAbort);
  }
}
