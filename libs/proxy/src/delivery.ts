import type { GatewayError } from '@app/errors';
import type { ServerResponse } from 'node:http';
import type { Transform } from 'node:stream';
import type { UpstreamAnswer } from './answer-handler.js';
import type { Answered } from './attempts/attempts.js';
import { bufferedAnswer } from './attempts/buffered-answer.js';
import { isEventStream } from './media-type.js';
import type { Objects } from './objects/objects.js';
import type { ProxyCall } from './proxy-call.js';
import { headerValue, keepHeaders, type RawHeaders } from './raw-headers.js';
import { breakOff, type RelayEnd, relayAnswer } from './relay-answer.js';
import type { ReplayTicket } from './replays/replays.js';
import { clientResponseHeaders } from './response-headers.js';
import { errorFrame, frameOfAnswer } from './stream/early-head.js';
import type { KeepAlive } from './stream/keep-alive.js';
import type { StreamVerdict } from './stream/stream-verdict.js';
import { UsageStripper } from './stream/usage-stripper.js';
import { sendTrailers, trailerHeader } from './trailers.js';
import { UpstreamFailure } from './upstream-failure.js';
import { NO_SCANNER, usageScannerFor, type UsageScanner } from './usage-scanner.js';

export interface DeliveryParts {
  readonly call: ProxyCall;
  readonly answered: Answered;
  readonly response: ServerResponse;
  readonly objects: Objects;
  readonly ticket: ReplayTicket | null;
  /** Usage was asked for that the caller did not ask for. */
  readonly isInjected: boolean;
  /** Of the answer as it came. */
  readonly verdict: StreamVerdict;
  /** Put behind the upstream's headers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly keepAlive: KeepAlive;
  /** The caller left, or was hung up on. */
  readonly hangUp: AbortSignal;
  readonly elapsed: () => number;
}

/** One answer on its way to the caller, and what is to be said of it afterwards. */
export class Delivery {
  /** From the start of the exchange to the answer's head. */
  readonly ttfbMs: number;
  readonly streams: boolean;
  bytesOut = 0;
  /** Everything came from the upstream; whether the caller got it is another matter. */
  complete = false;
  clientGone = false;
  private isToldWithin = false;
  cut: GatewayError | null = null;
  private readonly usage: UsageScanner;

  /** @throws UpstreamFailure for a head that cannot be passed on */
  constructor(private readonly parts: DeliveryParts) {
    const { answered, call, elapsed } = parts;
    const { headers } = answered.answer;
    this.streams = isEventStream(headerValue(headers, 'content-type'));
    // A GET shows again what an earlier POST has used; a file's own `usage` field is none of ours.
    this.usage = call.method === 'POST' ? usageScannerFor(headers) : NO_SCANNER;
    this.ttfbMs = Math.round(elapsed());
  }

  get status(): number {
    return this.parts.answered.answer.status;
  }

  /** The upstream refused the call, which is told within a stream that had begun: nothing was done for it. */
  get isRefused(): boolean {
    return this.isToldWithin && this.status >= 400;
  }

  usageSeen() {
    return this.usage.result();
  }

  async run(): Promise<void> {
    const { response, answered, hangUp, call, keepAlive } = this.parts;
    if (response.headersSent && !this.isStream) return await this.tellWithin(answered.answer);
    this.begin();
    if (this.takesFrames) keepAlive.start();
    const end = await this.relay().finally(() => keepAlive.stop());
    if (end.kind === 'complete') this.complete = true;
    else if (end.kind === 'client-gone' || hangUp.aborted) {
      this.clientGone = true;
      this.complete = end.kind === 'client-gone' && end.drained;
      response.destroy();
    } else {
      this.cut = end.error;
      breakOff(response, this.takesFrames ? errorFrame(end.error, call.requestId) : null);
    }
  }

  private async relay(): Promise<RelayEnd> {
    const { response, answered, ticket, verdict, keepAlive } = this.parts;
    return await relayAnswer({
      body: answered.answer.body,
      stages: this.stages(),
      response,
      observe: (chunk) => {
        this.usage.write(chunk);
        verdict.write(chunk);
      },
      sent: (chunk) => {
        this.bytesOut += chunk.length;
        keepAlive.passing(chunk);
      },
      isWhole: () => verdict.end(true).kind !== 'open',
      drains: () => ticket !== null && !ticket.keepsNothing,
    });
  }

  /** The head of a stream has gone out already, and what came is none: it is told as the stream's end. */
  private async tellWithin(answer: UpstreamAnswer): Promise<void> {
    const { response, call, keepAlive } = this.parts;
    this.isToldWithin = true;
    const { bytes, answer: rest } = await bufferedAnswer(answer);
    rest.body.destroy();
    this.usage.write(bytes);
    keepAlive.stop();
    this.cut = new UpstreamFailure('UPSTREAM_ERROR', NO_STREAM, true);
    breakOff(response, frameOfAnswer(bytes) ?? errorFrame(this.cut, call.requestId));
  }

  private stages(): readonly Transform[] {
    const { call, answered, objects, isInjected, ticket } = this.parts;
    const { answer, lease, upstream, isFault } = answered;
    const { status, headers } = answer;
    const made = { upstream: upstream.name, account: lease.id, status, headers };
    const stages = [
      isInjected && this.isReadable ? new UsageStripper() : null,
      isFault ? null : objects.watchAnswer(call, made),
      ticket?.keep({ status, headers: this.shown() }) ?? null,
    ];
    return stages.filter((stage) => stage !== null);
  }

  private begin(): void {
    const { response, answered } = this.parts;
    if (response.headersSent) return;
    const headers = this.shown();
    for (const [name, value] of Object.entries(this.parts.headers)) headers.push(name, value);
    headers.push(...trailerHeader(answered.answer, response));
    try {
      response.writeHead(this.status, headers);
      sendTrailers(answered.answer, response);
    } catch (error) {
      answered.answer.body.destroy();
      throw new UpstreamFailure('UPSTREAM_ERROR', BAD_HEAD, true, error);
    }
  }

  private shown(): string[] {
    const { answered, call } = this.parts;
    const { status, headers } = answered.answer;
    const shown = clientResponseHeaders(headers, { status, requestId: call.requestId });
    if (!this.parts.isInjected || !this.isReadable) return shown;
    // What is taken out of it makes it shorter.
    return keepHeaders(shown, (name) => name !== 'content-length');
  }

  /** An event stream whose bytes say what they seem to. */
  private get isReadable(): boolean {
    return this.streams && headerValue(this.upstreamHeaders, 'content-encoding') === undefined;
  }

  private get isStream(): boolean {
    return this.isReadable && this.status < 300;
  }

  /** A frame of ours may be put behind its bytes. */
  private get takesFrames(): boolean {
    return this.isReadable && headerValue(this.upstreamHeaders, 'content-length') === undefined;
  }

  private get upstreamHeaders(): RawHeaders {
    return this.parts.answered.answer.headers;
  }
}

const NO_STREAM = 'The upstream did not answer with a stream.';
const BAD_HEAD = 'The upstream answered with headers that cannot be passed on.';
