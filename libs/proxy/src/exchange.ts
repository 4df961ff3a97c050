import { GatewayError } from '@app/errors';
import type { ServerResponse } from 'node:http';
import { type Answered, Attempts, type Target } from './attempts/attempts.js';
import { CallBody } from './call-body.js';
import { type CallOptions, readCallOptions } from './call-options.js';
import { withoutKey } from './callers-key.js';
import { Delivery } from './delivery.js';
import type { ExplainedPrice } from './explain/explanation.js';
import { explanationOf } from './explain/explanation-of.js';
import type { Grant } from './governor.js';
import type { HeldBytes } from './held-bytes.js';
import type { IncomingExchange } from './incoming-exchange.js';
import type { ObjectPin } from './objects/objects.js';
import {
  CLIENT_GONE_STATUS,
  PassThroughError,
  type PassThroughRecord,
} from './pass-through-record.js';
import type { PassThroughOptions } from './pass-through-options.js';
import type { ProxyCall } from './proxy-call.js';
import { headerValue, type RawHeaders } from './raw-headers.js';
import { readCall } from './read-call.js';
import type { ReplayTicket, StoredAnswer } from './replays/replays.js';
import { relayStored } from './replays/relay-stored.js';
import { upstreamRequestHeaders } from './request-headers.js';
import { rewriteBody, wantsInjectedUsage } from './rewrite-body.js';
import { planCall } from './routing/plan-call.js';
import type { Plan } from './routing/plan-route.js';
import type { Routing } from './routing/routing.js';
import type { TargetHealth } from './routing/target-health.js';
import { DEFAULT_UPSTREAM } from './routing/route.js';
import { streamVerdictFor } from './stream/stream-verdict.js';
import { NOTHING_OBSERVED } from './token-usage.js';
import type { AccountLease } from './upstream-accounts.js';
import { UpstreamFailure } from './upstream-failure.js';

export interface ExchangeParts {
  readonly incoming: IncomingExchange;
  readonly response: ServerResponse;
  readonly routing: Routing;
  readonly health: TargetHealth;
  readonly held: HeldBytes;
  readonly options: PassThroughOptions;
}

/** One request's way to an upstream and back; lives as long as it takes. */
export class Exchange {
  private readonly startedAtMs = performance.now();
  private readonly hangUp = new AbortController();
  /** Ends what takes longer than the whole call may. */
  private readonly overtime = new AbortController();
  private readonly body: CallBody;
  private plan: Plan | null = null;
  private attempts: Attempts | null = null;
  private delivery: Delivery | null = null;
  private answered: Answered | null = null;
  private grant: Grant | null = null;
  private costNanoUsd: number | null = null;
  private price: ExplainedPrice | null = null;
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
      const signal = this.hangUp.signal;
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

  /** A call with an `Idempotency-Key` is done once; the answer is then given again. */
  private async once(call: ProxyCall, wishes: CallOptions): Promise<void> {
    const { options, response, incoming } = this.parts;
    const start = await options.replays.begin(call, this.hangUp.signal);
    if (start?.kind === 'again') {
      this.replayed = start.answer;
      this.status = start.answer.status;
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
    const { options, routing, health } = this.parts;
    const pin = await options.objects.claim(call);
    const { namesOf } = options;
    const plan = planCall(call, { routing, health, pin, wishes, namesOf });
    this.plan = plan;
    const targets = plan.candidates.filter(({ skip }) => skip === null);
    this.grant = await options.governor.admit({ ...call, targets });
    const clock = setTimeout(() => this.overtime.abort(tooLong()), plan.clocks.totalMs);
    try {
      await this.exchanged(call, { plan, pin, ticket });
    } finally {
      clearTimeout(clock);
      this.end(this.grant);
    }
  }

  private async exchanged(
    call: ProxyCall,
    { plan, pin, ticket }: { plan: Plan; pin: ObjectPin | null; ticket: ReplayTicket | null },
  ): Promise<void> {
    const { options, response, routing, health } = this.parts;
    const verdict = (headers: RawHeaders) => streamVerdictFor(call, headers);
    const mayFollow = this.body.canResend && plan.retries > 0 && plan.route !== null;
    const attempts = new Attempts({
      plan,
      upstreams: routing.upstreams,
      health,
      pin,
      // Whoever comes again with the key is to find the answer, so that one is waited for.
      signal: AbortSignal.any([ticket ? this.stop : this.hangUp.signal, this.overtime.signal]),
      isSafe: SAFE_METHODS.has(call.method),
      canResend: this.body.canResend,
      isSent: () => this.body.isSent,
      callerRetries: headerValue(call.headers, RETRY_COUNT) !== undefined,
      request: (target, lease) => this.request(call, target, { lease, pin }),
      verdict: mayFollow ? verdict : null,
      hold: async (answer) => ({ kind: 'answered', answer }),
      elapsed: () => this.elapsed(),
    });
    this.attempts = attempts;
    const answered = await attempts.run();
    this.answered = answered;
    this.body.letGo();
    try {
      this.delivery = new Delivery({
        call,
        answered,
        response,
        objects: options.objects,
        ticket,
        isInjected: isInjected(call, answered),
        verdict,
        headers: { ...this.grant?.headers, ...whoAnswered(answered) },
        keepAlive: null,
        hangUp: this.hangUp.signal,
        elapsed: () => this.elapsed(),
      });
      await this.delivery.run();
    } finally {
      answered.lease.release();
    }
  }

  private request(
    call: ProxyCall,
    target: Target,
    { lease, pin }: { readonly lease: AccountLease; readonly pin: ObjectPin | null },
  ) {
    const { incoming, options } = this.parts;
    if (this.attempts?.retries === 0) this.grant?.dispatched();
    const { model } = target.candidate;
    const rewrite = {
      model: model === call.body?.model ? null : model,
      includeUsage: isInjected(call, target),
    };
    return {
      path: call.target.path,
      query: withoutKey(call.target.query, incoming.key ?? null),
      method: call.method,
      headers: upstreamRequestHeaders(call.headers, lease.key),
      body: this.body.toSend(
        (bytes) => rewriteBody(bytes, rewrite),
        () => options.objects.watchUpload(call, pin),
      ),
    };
  }

  /** A request that no upstream ever had whole cannot have cost anything. */
  private end(grant: Grant): void {
    const { attempts, delivery, answered } = this;
    const lost = attempts?.lost ?? [];
    // One who is cut off because the process ends has not left.
    const callerLeft = this.hangUp.signal.aborted && !this.parts.incoming.signal?.aborted;
    const isAsking = attempts?.asking && this.body.isSent ? attempts.asking : null;
    const asked = answered ?? isAsking ?? lost.at(-1) ?? null;
    if (!asked) return grant.release();
    const { nanoUsd, price } = grant.settle({
      status: answered && delivery ? delivery.status : null,
      usage: delivery?.usageSeen() ?? NOTHING_OBSERVED,
      cut: !delivery?.complete,
      callerLeft,
      bytesOut: delivery?.bytesOut ?? 0,
      asked: asked.candidate,
      lost: lost.filter((one) => one !== asked).map(({ candidate }) => candidate),
    });
    this.costNanoUsd = nanoUsd;
    this.price = price;
  }

  /** Told before the caller's answer ends where that can be, so that who comes again finds it. */
  private async endTicket(ticket: ReplayTicket): Promise<void> {
    const { attempts, delivery, answered } = this;
    if (answered && delivery?.complete) return await ticket.done();
    const mayHaveRun = answered !== null || (attempts?.lost.length ?? 0) > 0;
    const isAsking = attempts?.asking != null && this.body.isSent;
    await (mayHaveRun || isAsking ? ticket.unknown() : ticket.release());
  }

  private failed(error: unknown): PassThroughRecord {
    const { response } = this.parts;
    if (this.hangUp.signal.aborted) {
      this.clientGone = true;
      response.destroy();
      return this.record();
    }
    if (!(error instanceof GatewayError)) throw error;
    this.status = error.status;
    const record = { ...this.record(error), errorCode: error.code };
    const mayHaveRun = error instanceof UpstreamFailure && error.mayHaveRun;
    throw new PassThroughError(error, record, mayHaveRun, this.grant?.headers);
  }

  private record(refused: GatewayError | null = null): PassThroughRecord {
    const { delivery, answered, plan, attempts, replayed, grant, price } = this;
    const { model, stream } = this.body.request;
    const { tokensIn, tokensOut, tokensCached, ...used } =
      delivery?.usageSeen() ?? NOTHING_OBSERVED;
    return {
      tokensIn,
      tokensOut,
      tokensCached,
      model: answered?.candidate.model ?? model ?? used.model,
      costUsd: this.costNanoUsd === null ? null : this.costNanoUsd / 1e9,
      status: delivery?.status ?? this.status,
      errorCode: delivery?.cut?.code ?? null,
      bytesIn: this.body.bytes,
      bytesOut: delivery?.bytesOut ?? 0,
      ttfbMs: delivery?.ttfbMs ?? null,
      stream: delivery?.streams || stream,
      upstream: (answered ?? attempts?.lost.at(-1))?.candidate.upstream ?? DEFAULT_UPSTREAM,
      clientGone: this.clientGone || (delivery?.clientGone ?? false),
      upstreamCut: (delivery?.cut ?? null) !== null,
      explanation: explanationOf({
        plan,
        attempts,
        refused,
        grant,
        price,
        isReplayed: replayed !== null,
      }),
    };
  }

  /** The process stops, or the key has ended. */
  private get stop(): AbortSignal {
    return this.parts.incoming.signal ?? NEVER;
  }

  private elapsed(): number {
    return Math.round(performance.now() - this.startedAtMs);
  }
}

/** What the caller did not ask for and gets taken out again. */
const isInjected = (call: ProxyCall, { upstream }: Target): boolean =>
  upstream.injectUsage && wantsInjectedUsage(call);

/** Which model answered, and where; a route may have sent the call elsewhere than the caller thinks. */
function whoAnswered({ candidate }: Target): Readonly<Record<string, string>> {
  const { upstream, model } = candidate;
  const isName = model !== null && /^[\x21-\x7e]{1,256}$/.test(model);
  return { 'x-taskgate-upstream': upstream, ...(isName && { 'x-taskgate-model': model }) };
}

const tooLong = (): UpstreamFailure =>
  new UpstreamFailure('UPSTREAM_TIMEOUT', 'The call took longer than its route allows.', true);

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** OpenAI's SDKs send it with every request (https://github.com/openai/openai-node, `client.ts`). */
const RETRY_COUNT = 'x-stainless-retry-count';
const NEVER = new AbortController().signal;
