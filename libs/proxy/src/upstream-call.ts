import type { ServerResponse } from 'node:http';
import type { UpstreamAnswer } from './answer-handler.js';
import { type Answered, Attempts, type Target } from './attempts/attempts.js';
import { holdWhole } from './attempts/hold-whole.js';
import type { CallBody } from './call-body.js';
import { withoutKey } from './callers-key.js';
import { Delivery } from './delivery.js';
import type { AskedTarget, Grant, Outcome } from './governor.js';
import type { ObjectPin } from './objects/objects.js';
import { pageReader } from './objects/read-page.js';
import type { PassThroughOptions } from './pass-through-options.js';
import type { ProxyCall } from './proxy-call.js';
import { headerValue, keepHeaders, type RawHeaders } from './raw-headers.js';
import type { ReplayTicket } from './replays/replays.js';
import { upstreamRequestHeaders } from './request-headers.js';
import { rewriteBody, wantsInjectedUsage } from './rewrite-body.js';
import type { CallPlan } from './routing/plan-call.js';
import type { Routing } from './routing/routing.js';
import type { TargetHealth } from './routing/target-health.js';
import { EarlyHead } from './stream/early-head.js';
import { KeepAlive } from './stream/keep-alive.js';
import { streamVerdictFor } from './stream/stream-verdict.js';
import { NOTHING_OBSERVED } from './token-usage.js';
import type { AccountLease } from './upstream-accounts.js';

export interface UpstreamCallParts {
  readonly call: ProxyCall;
  /** What the caller authenticated with: never sent on. */
  readonly key: string | null;
  readonly body: CallBody;
  readonly plan: CallPlan;
  readonly pin: ObjectPin | null;
  readonly grant: Grant;
  readonly ticket: ReplayTicket | null;
  readonly response: ServerResponse;
  readonly routing: Routing;
  readonly health: TargetHealth;
  readonly options: PassThroughOptions;
  /** The caller left, or was hung up on. */
  readonly hangUp: AbortSignal;
  /** Ends it whatever the caller does. */
  readonly stop: AbortSignal;
  /** Milliseconds since the exchange began. */
  readonly elapsed: () => number;
}

/** A call that was let through: sent, as often as it takes, and its answer delivered. */
export class UpstreamCall {
  readonly attempts: Attempts;
  delivery: Delivery | null = null;
  answered: Answered | null = null;
  private readonly keepAlive: KeepAlive;
  /** The body is walked for it, so only once. */
  private readonly wantsUsage: boolean;

  constructor(private readonly parts: UpstreamCallParts) {
    const { call, plan, response } = parts;
    this.wantsUsage = wantsInjectedUsage(call);
    this.keepAlive = new KeepAlive(response, plan.keepAliveMs);
    this.attempts = this.attemptsOf();
  }

  /** @throws GatewayError; a signal's reason */
  async run(): Promise<void> {
    const { call, response, options, ticket, grant, hangUp, elapsed } = this.parts;
    const answered = await this.ask();
    this.answered = answered;
    const { body } = answered.answer;
    try {
      const answer = await this.ownAnswer(answered);
      this.delivery = new Delivery({
        call,
        answered: { ...answered, answer },
        response,
        objects: options.objects,
        ticket,
        isInjected: this.isInjected(answered),
        verdict: this.verdict(answered.answer.headers),
        headers: { ...grant.headers, ...whoAnswered(answered) },
        keepAlive: this.keepAlive,
        hangUp,
        elapsed,
      });
      const delivered = this.delivery.run();
      // A stream may last for long, and nobody looks at what was asked any more.
      this.parts.body.letGo();
      await delivered;
    } catch (error) {
      // Nobody reads it any more: its connection, or its file, would stay open.
      body.destroy();
      throw error;
    } finally {
      this.keepAlive.stop();
      answered.lease.release();
      this.noteHealth(answered);
    }
  }

  /** Only at its end: one that is cut in the middle every time is not well. */
  private noteHealth({ candidate, isFault }: Answered): void {
    const { health } = this.parts;
    if (isFault) return;
    if (this.delivery?.cut) health.failed(candidate);
    else health.worked(candidate);
  }

  /** Whoever was asked last and may have done the work; null: nobody can have. */
  get mayHaveRun(): Target | null {
    const { answered, attempts } = this;
    const asking = this.parts.body.isSent ? attempts.asking : null;
    return answered ?? asking ?? attempts.lost.at(-1) ?? null;
  }

  /** For the limits and the ledger; null: no upstream ever had it whole, so it cannot have cost anything. */
  outcome(callerLeft: boolean): (Outcome & { readonly asked: AskedTarget }) | null {
    const { answered, delivery, attempts, mayHaveRun } = this;
    if (!mayHaveRun) return null;
    return {
      status: answered && delivery ? delivery.status : null,
      usage: delivery?.usageSeen() ?? NOTHING_OBSERVED,
      cut: !delivery?.complete,
      callerLeft,
      bytesOut: delivery?.bytesOut ?? 0,
      asked: mayHaveRun.candidate,
      lost: attempts.lost.filter((one) => one !== mayHaveRun).map(({ candidate }) => candidate),
    };
  }

  private async ask(): Promise<Answered> {
    const { call, plan, response, grant } = this.parts;
    const own = { ...grant.headers, 'x-taskgate-request-id': call.requestId };
    const early = new EarlyHead(response, this.keepAlive, own);
    if (plan.beginsEarly && call.body?.stream) early.start(plan.keepAliveMs);
    try {
      return await this.attempts.run();
    } finally {
      early.stop();
    }
  }

  /** As the caller's tenant may see it. */
  private async ownAnswer({ answer, lease, upstream, isFault }: Answered): Promise<UpstreamAnswer> {
    if (isFault) return answer;
    const { call, options, routing, hangUp } = this.parts;
    const owned = { ...answer, upstream: upstream.name, account: lease.id };
    return await options.objects.ownAnswer(
      call,
      owned,
      pageReader(call, routing.upstreams, hangUp),
    );
  }

  private attemptsOf(): Attempts {
    const { call, body, plan, pin, routing, health, options, ticket, hangUp, stop } = this.parts;
    const { canResend } = body;
    const isHeld = plan.delivery === 'complete' && call.method === 'POST' && canResend;
    const waitsForEvent = canResend && plan.retries > 0 && plan.route !== null;
    return new Attempts({
      plan,
      upstreams: routing.upstreams,
      health,
      pin,
      // Whoever comes again with the key is to find the answer, so that one is waited for.
      signal: ticket ? stop : AbortSignal.any([hangUp, stop]),
      isSafe: SAFE_METHODS.has(call.method),
      canResend,
      isSent: () => body.isSent,
      callerRetries: headerValue(call.headers, RETRY_COUNT) !== undefined,
      request: (target, lease) => this.request(target, lease),
      verdict: waitsForEvent ? (headers) => this.verdict(headers) : null,
      hold: async (answer) =>
        isHeld
          ? await holdWhole(answer, this.verdict(answer.headers), options.holdFolder)
          : { kind: 'answered', answer },
      elapsed: this.parts.elapsed,
    });
  }

  /** What the caller did not ask for and gets taken out again. */
  private isInjected({ upstream }: Target): boolean {
    return upstream.injectUsage && this.wantsUsage;
  }

  private verdict(headers: RawHeaders) {
    return streamVerdictFor(this.parts.call, headers);
  }

  private request(target: Target, lease: AccountLease) {
    const { call, key, body, pin, grant, options } = this.parts;
    if (this.attempts.retries === 0) grant.dispatched();
    const { model } = target.candidate;
    const rewrite = {
      model: model === call.body?.model ? null : model,
      includeUsage: this.isInjected(target),
    };
    const sent = body.toSend(
      (bytes) => rewriteBody(bytes, rewrite),
      () => options.objects.watchUpload(call, pin),
    );
    const isRewritten = sent instanceof Buffer && sent !== call.body?.bytes;
    const headers = isRewritten ? withLength(call.headers, sent.length) : call.headers;
    return {
      path: call.target.path,
      query: withoutKey(call.target.query, key),
      method: call.method,
      headers: upstreamRequestHeaders(headers, lease.key),
      body: sent,
    };
  }
}

/** The length of the bytes that are sent in the place of the caller's. */
const withLength = (headers: RawHeaders, length: number): RawHeaders => [
  ...keepHeaders(headers, (name) => name !== 'content-length' && name !== 'transfer-encoding'),
  'content-length',
  String(length),
];

/** Which model answered, and where; a route may have sent the call elsewhere than the caller thinks. */
function whoAnswered({ candidate }: Target): Readonly<Record<string, string>> {
  const { upstream, model } = candidate;
  const isName = model !== null && /^[\x21-\x7e]{1,256}$/.test(model);
  return { 'x-taskgate-upstream': upstream, ...(isName && { 'x-taskgate-model': model }) };
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** OpenAI's SDKs send it with every request (https://github.com/openai/openai-node, `client.ts`). */
const RETRY_COUNT = 'x-stainless-retry-count';
