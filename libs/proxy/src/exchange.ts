import { GatewayError } from '@app/errors';
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { UpstreamAnswer } from './answer-handler.js';
import type { IncomingExchange } from './incoming-exchange.js';
import { judgedTarget, type Target } from './judged-target.js';
import { isEventStream } from './media-type.js';
import {
  CLIENT_GONE_STATUS,
  PassThroughError,
  type PassThroughRecord,
} from './pass-through-record.js';
import { headerValue, type RawHeaders } from './raw-headers.js';
import { breakOff, errorFrame, relayAnswer } from './relay-answer.js';
import { upstreamRequestHeaders } from './request-headers.js';
import { RequestScanner } from './request-scanner.js';
import { clientResponseHeaders } from './response-headers.js';
import { retryAfterMs } from './retry-after.js';
import { bodyTooLarge, UploadMeter } from './upload-meter.js';
import type { AccountLease, UpstreamAccounts } from './upstream-accounts.js';
import type { UpstreamClient } from './upstream-client.js';
import { UpstreamFailure } from './upstream-failure.js';
import { NO_SCANNER, usageScannerFor, type UsageScanner } from './usage-scanner.js';

export interface ExchangeParts {
  readonly incoming: IncomingExchange;
  readonly response: ServerResponse;
  readonly client: UpstreamClient;
  readonly accounts: UpstreamAccounts;
  readonly maxBodyBytes: number;
}

/** One request's way to the upstream and back; lives as long as it takes, and keeps its account. */
export class Exchange {
  private readonly startedAtMs = performance.now();
  private readonly hangUp = new AbortController();
  private readonly request: RequestScanner;
  private readonly upload: UploadMeter;
  private usage: UsageScanner = NO_SCANNER;
  private status = CLIENT_GONE_STATUS;
  private ttfbMs: number | null = null;
  private bytesOut = 0;
  private answerStreams = false;
  private clientGone = false;
  private cut: GatewayError | null = null;

  constructor(private readonly parts: ExchangeParts) {
    this.request = new RequestScanner(headerValue(parts.incoming.rawHeaders, 'content-type'));
    this.upload = new UploadMeter(parts.maxBodyBytes, (chunk) => this.request.write(chunk));
  }

  async run(): Promise<PassThroughRecord> {
    const stopWatching = this.watchCaller();
    try {
      const target = judgedTarget(this.parts.incoming.target);
      this.refuseTooLarge();
      const lease = this.parts.accounts.take();
      try {
        await this.relay(await this.ask(target, lease));
      } finally {
        lease.release();
      }
      return this.record();
    } catch (error) {
      return this.failed(error);
    } finally {
      stopWatching();
      this.upload.destroy();
    }
  }

  /** A caller who leaves, or the signal, ends the exchange at whatever stage it is. */
  private watchCaller(): () => void {
    const { response, incoming } = this.parts;
    const hangUp = (): void => {
      if (!response.writableFinished) this.hangUp.abort(new Error('The caller left'));
    };
    response.on('close', hangUp);
    incoming.signal?.addEventListener('abort', hangUp);
    if (response.destroyed || incoming.signal?.aborted) hangUp();
    return () => {
      response.off('close', hangUp);
      incoming.signal?.removeEventListener('abort', hangUp);
    };
  }

  private refuseTooLarge(): void {
    const { incoming, maxBodyBytes } = this.parts;
    const length = Number(headerValue(incoming.rawHeaders, 'content-length') ?? 0);
    if (length > maxBodyBytes) throw bodyTooLarge(maxBodyBytes);
  }

  private async ask(target: Target, lease: AccountLease): Promise<UpstreamAnswer> {
    const { incoming, client } = this.parts;
    const answer = await client.forward({
      ...target,
      method: incoming.method,
      headers: upstreamRequestHeaders(incoming.rawHeaders, lease.key),
      body: this.body(),
      signal: this.hangUp.signal,
    });
    lease.answered(answer.status, retryAfterMs(answer.headers, Date.now()));
    return answer;
  }

  private body(): Readable | null {
    const { body, rawHeaders } = this.parts.incoming;
    return body && announcesBody(rawHeaders) ? this.upload.readFrom(body) : null;
  }

  private async relay(answer: UpstreamAnswer): Promise<void> {
    const { response, incoming } = this.parts;
    this.begin(answer);
    const end = await relayAnswer(answer.body, response, (chunk) => {
      this.bytesOut += chunk.length;
      this.usage.write(chunk);
    });
    if (end.kind === 'complete') return;
    if (this.hangUp.signal.aborted || end.kind === 'client-gone') {
      this.clientGone = true;
      response.destroy();
      return;
    }
    this.cut = end.error;
    breakOff(
      response,
      takesFrames(answer.headers) ? errorFrame(end.error, incoming.requestId) : null,
    );
  }

  private begin(answer: UpstreamAnswer): void {
    const { response, incoming } = this.parts;
    const { status } = answer;
    const headers = clientResponseHeaders(answer.headers, {
      status,
      requestId: incoming.requestId,
    });
    try {
      response.writeHead(status, headers);
    } catch (error) {
      answer.body.destroy();
      throw new UpstreamFailure('UPSTREAM_ERROR', BAD_HEAD, true, error);
    }
    this.status = status;
    this.ttfbMs = Math.round(performance.now() - this.startedAtMs);
    this.answerStreams = isEventStream(headerValue(answer.headers, 'content-type'));
    // A GET shows again what an earlier POST has used; a file's own `usage` field is none of ours.
    if (incoming.method === 'POST') this.usage = usageScannerFor(answer.headers);
  }

  private failed(error: unknown): PassThroughRecord {
    if (this.hangUp.signal.aborted) {
      this.clientGone = true;
      this.parts.response.destroy();
      return this.record();
    }
    if (!(error instanceof GatewayError)) throw error;
    this.status = error.status;
    const record = { ...this.record(), errorCode: error.code };
    throw new PassThroughError(error, record, error instanceof UpstreamFailure && error.mayHaveRun);
  }

  private record(): PassThroughRecord {
    const asked = this.request.result();
    const used = this.usage.result();
    return {
      ...used,
      model: asked.model ?? used.model,
      status: this.status,
      errorCode: this.cut?.code ?? null,
      bytesIn: this.upload.bytes,
      bytesOut: this.bytesOut,
      ttfbMs: this.ttfbMs,
      stream: this.answerStreams || asked.stream,
      upstream: 'openai',
      clientGone: this.clientGone,
      upstreamCut: this.cut !== null,
    };
  }
}

/** RFC 9112 §6.3: a request has a body when one of these says so. */
const announcesBody = (headers: RawHeaders): boolean =>
  headerValue(headers, 'transfer-encoding') !== undefined ||
  Number(headerValue(headers, 'content-length') ?? 0) > 0;

/** Whether a frame of ours may be put behind the bytes of this answer. */
const takesFrames = (headers: RawHeaders): boolean =>
  isEventStream(headerValue(headers, 'content-type')) &&
  headerValue(headers, 'content-length') === undefined &&
  headerValue(headers, 'content-encoding') === undefined;

const BAD_HEAD = 'The upstream answered with headers that cannot be passed on.';
