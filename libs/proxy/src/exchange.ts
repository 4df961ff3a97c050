import { GatewayError } from '@app/errors';
import type { ServerResponse } from 'node:http';
import type { UpstreamAnswer } from './answer-handler.js';
import { CallBody } from './call-body.js';
import { withoutKey } from './callers-key.js';
import { endpointKind } from './endpoint-kind.js';
import type { Grant } from './governor.js';
import type { HeldBytes } from './held-bytes.js';
import type { IncomingExchange } from './incoming-exchange.js';
import { judgedTarget, type Target } from './judged-target.js';
import { readMaxCost } from './max-cost.js';
import { isEventStream } from './media-type.js';
import {
  CLIENT_GONE_STATUS,
  PassThroughError,
  type PassThroughRecord,
} from './pass-through-record.js';
import type { PassThroughOptions } from './pass-through-options.js';
import { headerValue, type RawHeaders } from './raw-headers.js';
import { breakOff, errorFrame, relayAnswer } from './relay-answer.js';
import { upstreamRequestHeaders } from './request-headers.js';
import { clientResponseHeaders } from './response-headers.js';
import { retryAfterMs } from './retry-after.js';
import { bodyTooLarge } from './upload-meter.js';
import type { AccountLease, UpstreamAccounts } from './upstream-accounts.js';
import type { UpstreamClient } from './upstream-client.js';
import { UpstreamFailure } from './upstream-failure.js';
import { NO_SCANNER, usageScannerFor, type UsageScanner } from './usage-scanner.js';

export interface ExchangeParts {
  readonly incoming: IncomingExchange;
  readonly response: ServerResponse;
  readonly client: UpstreamClient;
  readonly accounts: UpstreamAccounts;
  readonly held: HeldBytes;
  readonly options: PassThroughOptions;
}

/** One request's way to the upstream and back; lives as long as it takes, and keeps its account. */
export class Exchange {
  private readonly startedAtMs = performance.now();
  private readonly hangUp = new AbortController();
  private readonly body: CallBody;
  private grant: Grant | null = null;
  private grantHeaders: Readonly<Record<string, string>> = {};
  private costNanoUsd: number | null = null;
  /** The request was written to a connection, or began to be. */
  private asked = false;
  private answered: number | null = null;
  private usage: UsageScanner = NO_SCANNER;
  private status = CLIENT_GONE_STATUS;
  private ttfbMs: number | null = null;
  private bytesOut = 0;
  private answerStreams = false;
  private complete = false;
  private clientGone = false;
  private cut: GatewayError | null = null;

  constructor(private readonly parts: ExchangeParts) {
    const { incoming, held, options } = parts;
    const { body: source, rawHeaders: headers } = incoming;
    const { maxBodyBytes } = options;
    this.body = new CallBody({ source, headers, maxBodyBytes, held });
  }

  async run(): Promise<PassThroughRecord> {
    const stopWatching = this.watchCaller();
    try {
      await this.governed();
      return this.record();
    } catch (error) {
      return this.failed(error);
    } finally {
      stopWatching();
      this.body.close();
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

  /** Judged, then reserved, then sent; what was granted is settled or given back on every way out. */
  private async governed(): Promise<void> {
    const { incoming, options } = this.parts;
    const target = judgedTarget(incoming.target);
    this.refuseTooLarge();
    const { identity, requestId, method } = incoming;
    const maxCostUsd = readMaxCost(incoming.rawHeaders);
    const body = await this.judgedBody(target, maxCostUsd);
    const path = target.normalPath;
    const call = { identity, requestId, method, path, body, maxCostUsd };
    this.grant = await options.governor.admit(call);
    this.grantHeaders = this.grant.headers;
    try {
      await this.exchanged(target);
    } finally {
      this.end(this.grant);
    }
  }

  private async judgedBody(target: Target, maxCostUsd: number | null) {
    const { incoming, options } = this.parts;
    const facts = {
      policies: incoming.identity,
      method: incoming.method,
      endpoint: endpointKind(incoming.method, target.segments),
      maxCostUsd,
      headers: incoming.rawHeaders,
      maxJsonBytes: Math.min(options.maxJsonBytes, options.maxBodyBytes),
    };
    return await this.body.judge(facts, options.namesOf, this.hangUp.signal);
  }

  private async exchanged(target: Target): Promise<void> {
    const lease = this.parts.accounts.take();
    try {
      await this.relay(await this.ask(target, lease));
    } finally {
      lease.release();
    }
  }

  /** A request that the upstream never had whole cannot have cost anything. */
  private end(grant: Grant): void {
    const { answered: status, bytesOut, complete } = this;
    if (status === null && !(this.asked && this.body.isSent)) return grant.release();
    const usage = this.usage.result();
    // One who is cut off because the process ends has not left.
    const callerLeft = this.hangUp.signal.aborted && !this.parts.incoming.signal?.aborted;
    const outcome = { status, usage, cut: !complete, callerLeft, bytesOut };
    const { nanoUsd } = grant.settle(outcome);
    this.costNanoUsd = nanoUsd;
  }

  private refuseTooLarge(): void {
    const { incoming, options } = this.parts;
    const length = Number(headerValue(incoming.rawHeaders, 'content-length') ?? 0);
    if (length > options.maxBodyBytes) throw bodyTooLarge(options.maxBodyBytes);
  }

  private async ask(target: Target, lease: AccountLease): Promise<UpstreamAnswer> {
    const { incoming, client } = this.parts;
    this.hangUp.signal.throwIfAborted();
    this.grant?.dispatched();
    const answer = await client.forward({
      ...target,
      query: withoutKey(target.query, incoming.key ?? null),
      method: incoming.method,
      headers: upstreamRequestHeaders(incoming.rawHeaders, lease.key),
      body: this.body.toSend(),
      signal: this.hangUp.signal,
      onStart: () => (this.asked = true),
    });
    this.answered = answer.status;
    lease.answered(answer.status, retryAfterMs(answer.headers, Date.now()));
    this.body.letGo();
    return answer;
  }

  private async relay(answer: UpstreamAnswer): Promise<void> {
    const { response, incoming } = this.parts;
    this.begin(answer);
    const end = await relayAnswer(answer.body, response, (chunk) => {
      this.bytesOut += chunk.length;
      this.usage.write(chunk);
    });
    this.complete = end.kind === 'complete';
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
    for (const [name, value] of Object.entries(this.grantHeaders)) headers.push(name, value);
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
    const mayHaveRun = error instanceof UpstreamFailure && error.mayHaveRun;
    throw new PassThroughError(error, record, mayHaveRun, this.grantHeaders);
  }

  private record(): PassThroughRecord {
    const { model, stream } = this.body.request;
    const { tokensIn, tokensOut, tokensCached, ...used } = this.usage.result();
    return {
      tokensIn,
      tokensOut,
      tokensCached,
      model: model ?? used.model,
      costUsd: this.costNanoUsd === null ? null : this.costNanoUsd / 1e9,
      status: this.status,
      errorCode: this.cut?.code ?? null,
      bytesIn: this.body.bytes,
      bytesOut: this.bytesOut,
      ttfbMs: this.ttfbMs,
      stream: this.answerStreams || stream,
      upstream: 'openai',
      clientGone: this.clientGone,
      upstreamCut: this.cut !== null,
    };
  }
}

/** Whether a frame of ours may be put behind the bytes of this answer. */
const takesFrames = (headers: RawHeaders): boolean =>
  isEventStream(headerValue(headers, 'content-type')) &&
  headerValue(headers, 'content-length') === undefined &&
  headerValue(headers, 'content-encoding') === undefined;

const BAD_HEAD = 'The upstream answered with headers that cannot be passed on.';
