import { GatewayError } from '@app/errors';
import type { ServerResponse } from 'node:http';
import { CallBody } from './call-body.js';
import { type CallOptions, readCallOptions } from './call-options.js';
import { explanationOf } from './explain/explanation-of.js';
import type { Grant, SettledCost } from './governor.js';
import type { HeldBytes } from './held-bytes.js';
import type { IncomingExchange } from './incoming-exchange.js';
import {
  CLIENT_GONE_STATUS,
  PassThroughError,
  type PassThroughRecord,
} from './pass-through-record.js';
import type { PassThroughOptions } from './pass-through-options.js';
import { planWithForm } from './plan-with-form.js';
import type { ProxyCall } from './proxy-call.js';
import { readCall } from './read-call.js';
import { breakOff } from './relay-answer.js';
import { relayStored } from './replays/relay-stored.js';
import type { ReplayTicket, StoredAnswer } from './replays/replays.js';
import type { CallPlan } from './routing/plan-call.js';
import { DEFAULT_UPSTREAM } from './routing/route.js';
import type { Routing } from './routing/routing.js';
import type { TargetHealth } from './routing/target-health.js';
import { errorFrame } from './stream/early-head.js';
import { NOTHING_OBSERVED } from './token-usage.js';
import { UpstreamCall } from './upstream-call.js';
import { UpstreamFailure } from './upstream-failure.js';

export interface ExchangeParts {
  readonly incoming: IncomingExchange;
  readonly response: ServerResponse;
  readonly routing: Routing;
  readonly health: TargetHealth;
  readonly held: HeldBytes;
  readonly options: PassThroughOptions;
}

/** One request's way through the gateway: judged, planned, reserved, sent, settled, told. */
export class Exchange {
  private readonly startedAtMs = performance.now();
  private readonly hangUp = new AbortController();
  private readonly body: CallBody;
  private plan: CallPlan | null = null;
  private grant: Grant | null = null;
  private sent: UpstreamCall | null = null;
  private cost: SettledCost = { nanoUsd: null, price: null };
  private status = CLIENT_GONE_STATUS;
  private clientGone = false;
  private replayed: StoredAnswer | null = null;

  constructor(private readonly parts: ExchangeParts) {
    const { incoming, held, options } = parts;
    const { body: source, rawHeaders: headers } = incoming;
    const { maxBodyBytes } = options;
    this.body = new CallBody({ source, headers, maxBodyBytes, held });
  }

  async run(): Promise<PassThroughRecord> {
    const stopWatching = this.watchCaller();
    try {
      const { incoming, options } = this.parts;
      const wishes = readCallOptions(incoming.rawHeaders);
      const { signal } = this.hangUp;
      const call = await readCall(incoming, this.body, { options, signal });
      await this.once(call, wishes);
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

  /** A call with an `Idempotency-Key` is done once; its answer is then given again. */
  private async once(call: ProxyCall, wishes: CallOptions): Promise<void> {
    const { options, response, incoming } = this.parts;
    const start = await options.replays.begin(call, this.hangUp.signal);
    if (start?.kind === 'again') {
      this.replayed = start.answer;
      this.status = start.answer.status;
      this.body.letGo();
      this.clientGone = !(await relayStored(start.answer, response, incoming.requestId));
      return;
    }
    const ticket = start?.ticket ?? null;
    try {
      await this.governed(call, wishes, ticket);
    } finally {
      if (ticket) await this.endTicket(ticket);
    }
  }

  /** Planned, then reserved, then sent; what was granted is settled or given back on every way out. */
  private async governed(
    call: ProxyCall,
    wishes: CallOptions,
    ticket: ReplayTicket | null,
  ): Promise<void> {
    const { incoming, response, options, routing, health } = this.parts;
    const pin = await options.objects.claim(call);
    const { namesOf, maxJsonBytes: maxBytes } = options;
    const { signal } = this.hangUp;
    const means = { routing, health, pin, wishes, namesOf, maxBytes, signal };
    const plan = await planWithForm(call, this.body, means);
    this.plan = plan;
    const targets = plan.candidates.filter(({ skip }) => skip === null);
    const grant = await options.governor.admit({ ...call, targets });
    this.grant = grant;
    const overtime = new AbortController();
    const clock = setTimeout(() => overtime.abort(tooLong()), plan.clocks.totalMs);
    const stops = incoming.signal ? [incoming.signal, overtime.signal] : [overtime.signal];
    this.sent = new UpstreamCall({
      call,
      key: incoming.key ?? null,
      body: this.body,
      plan,
      pin,
      grant,
      ticket,
      response,
      routing,
      health,
      options,
      hangUp: this.hangUp.signal,
      stop: AbortSignal.any(stops),
      elapsed: () => this.elapsed(),
    });
    try {
      await this.sent.run();
    } finally {
      clearTimeout(clock);
      this.settle(grant, this.sent);
    }
  }

  private settle(grant: Grant, sent: UpstreamCall): void {
    // One who is cut off because the process ends has not left.
    const callerLeft = this.hangUp.signal.aborted && !this.parts.incoming.signal?.aborted;
    const outcome = sent.outcome(callerLeft);
    if (outcome) this.cost = grant.settle(outcome);
    else grant.release();
  }

  private async endTicket(ticket: ReplayTicket): Promise<void> {
    const { sent } = this;
    if (sent?.attempts.hasUnknown) ticket.doubt();
    if (sent?.delivery?.complete) await ticket.done();
    else if (sent?.delivery?.isRefused) await ticket.release();
    else await (sent?.mayHaveRun ? ticket.unknown() : ticket.release());
  }

  private failed(error: unknown): PassThroughRecord {
    const { response, incoming } = this.parts;
    if (this.hangUp.signal.aborted) {
      this.clientGone = true;
      response.destroy();
      return this.record();
    }
    if (!(error instanceof GatewayError)) throw error;
    if (response.headersSent) {
      this.status = response.statusCode;
      breakOff(response, errorFrame(error, incoming.requestId));
      return { ...this.record(error), errorCode: error.code, upstreamCut: true };
    }
    this.status = error.status;
    const record = { ...this.record(error), errorCode: error.code };
    // The last one asked may be innocent where one before it was not.
    const mayHaveRun = (this.sent?.mayHaveRun ?? null) !== null;
    throw new PassThroughError(error, record, mayHaveRun, this.grant?.headers);
  }

  private record(refused: GatewayError | null = null): PassThroughRecord {
    const { sent, plan, grant, cost, replayed } = this;
    const delivery = sent?.delivery ?? null;
    const { model, stream } = this.body.request;
    const { tokensIn, tokensOut, tokensCached, ...used } =
      delivery?.usageSeen() ?? NOTHING_OBSERVED;
    return {
      tokensIn,
      tokensOut,
      tokensCached,
      model: sent?.answered?.candidate.model ?? model ?? used.model,
      costUsd: cost.nanoUsd === null ? null : cost.nanoUsd / 1e9,
      status: delivery?.status ?? this.status,
      errorCode: delivery?.cut?.code ?? null,
      bytesIn: this.body.bytes,
      bytesOut: delivery?.bytesOut ?? 0,
      ttfbMs: delivery?.ttfbMs ?? null,
      stream: delivery?.streams || stream,
      upstream: sent?.mayHaveRun?.candidate.upstream ?? DEFAULT_UPSTREAM,
      clientGone: this.clientGone || (delivery?.clientGone ?? false),
      upstreamCut: (delivery?.cut ?? null) !== null,
      explanation: explanationOf({
        plan,
        attempts: sent?.attempts ?? null,
        refused,
        grant,
        price: cost.price,
        isReplayed: replayed !== null,
      }),
    };
  }

  private elapsed(): number {
    return Math.round(performance.now() - this.startedAtMs);
  }
}

const tooLong = (): UpstreamFailure =>
  new UpstreamFailure('UPSTREAM_TIMEOUT', 'The call took longer than its route allows.', true);
