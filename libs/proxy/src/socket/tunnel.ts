import { type ErrorCode, GatewayError } from '@app/errors';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { withoutKey } from '../callers-key.js';
import { endpointKind } from '../endpoint-kind.js';
import type { ExplainedAttempt } from '../explain/explanation.js';
import type { Grant } from '../governor.js';
import {
  CLIENT_GONE_STATUS,
  PassThroughError,
  type PassThroughRecord,
} from '../pass-through-record.js';
import type { ObjectPin } from '../objects/objects.js';
import { keepHeaders } from '../raw-headers.js';
import { upstreamRequestHeaders } from '../request-headers.js';
import { clientResponseHeaders } from '../response-headers.js';
import type { ProxyCall } from '../proxy-call.js';
import type { Plan } from '../routing/plan-route.js';
import { DEFAULT_UPSTREAM } from '../routing/route.js';
import { NOTHING_OBSERVED } from '../token-usage.js';
import { queryWithModel } from './asked-model.js';
import { Bridge, type BridgeEnd } from './bridge.js';
import { accept, watchLeaving } from './caller-socket.js';
import { type Answering, dialCandidates } from './dial-candidates.js';
import { errorEvent } from './error-event.js';
import { type JudgedHandshake, judgedHandshake } from './judged-handshake.js';
import { passRefusal } from './pass-refusal.js';
import { planFor, withModel } from './plan-for.js';
import { RealtimeSession } from './realtime-session.js';
import { sessionFor } from './session-for.js';
import { socketExplained } from './socket-explained.js';
import type { IncomingSocket, SocketParts } from './socket-options.js';
import type { SocketSession, Tell, Told } from './socket-session.js';
import type { Dialled } from './upstream-socket.js';

/** A connection that may be opened. */
interface LetIn {
  readonly plan: Plan;
  /** Where what it joins lives; null: it joins nothing. */
  readonly pin: ObjectPin | null;
  readonly grant: Grant;
}

/** One WebSocket's way to the upstream and back; lives as long as it takes, and keeps its account. */
export class Tunnel {
  private readonly startedAtMs = performance.now();
  private readonly hangUp = new AbortController();
  private caller: WebSocket | null = null;
  private bridge: Bridge | null = null;
  private session: SocketSession | null = null;
  private plan: Plan | null = null;
  private grant: Grant | null = null;
  private refusedBy: GatewayError | null = null;
  private readonly attempts: ExplainedAttempt[] = [];
  private status = CLIENT_GONE_STATUS;
  private ttfbMs: number | null = null;
  private refusalBytes = 0;
  private ended: BridgeEnd | null = null;
  private clientGone = false;

  constructor(
    private readonly incoming: IncomingSocket,
    private readonly parts: SocketParts,
  ) {}

  async run(): Promise<PassThroughRecord> {
    const { signal } = this.incoming;
    const onEnd = (): void => {
      this.hangUp.abort(signal?.reason);
      this.bridge?.end(signal?.reason);
    };
    signal?.addEventListener('abort', onEnd);
    try {
      await this.governed(judgedHandshake(this.incoming, this.parts.maxJsonBytes));
      return this.record();
    } catch (error) {
      return this.failed(error);
    } finally {
      signal?.removeEventListener('abort', onEnd);
    }
  }

  /** The connection itself costs nothing; it counts as one request, and has a slot for as long as it is open. */
  private async governed(asked: JudgedHandshake): Promise<void> {
    const call = this.callOf(asked);
    const pin = await this.parts.objects.claim({ ...call, method: HANDSHAKE });
    const named = asked.model === null ? call : withModel(call, asked.model);
    this.plan = planFor(this.parts, named, pin);
    const grant = await this.parts.governor.admit(call);
    this.grant = grant;
    try {
      await this.asked(asked, { plan: this.plan, pin, grant });
    } finally {
      this.end(grant);
    }
  }

  private callOf({ target: judged }: JudgedHandshake): ProxyCall {
    const { identity, requestId, key = null, rawHeaders: headers } = this.incoming;
    const target = { ...judged, query: withoutKey(judged.query, key) };
    const endpoint = endpointKind('GET', target.segments);
    const path = target.normalPath;
    const call = { identity, requestId, method: 'GET', path, target, endpoint, headers };
    return { ...call, body: null, hasBody: false, maxCostUsd: null };
  }

  private async asked(asked: JudgedHandshake, { plan, pin, grant }: LetIn): Promise<void> {
    const { incoming, parts } = this;
    const { upgrade } = incoming;
    const tell: Tell = (error, about) => this.tell(asked, error, about);
    const stopWatching = watchLeaving(upgrade.socket, () => {
      this.clientGone = true;
      this.hangUp.abort(new Error('The caller left'));
    });
    try {
      const { session, calls } = sessionFor({ asked, plan, incoming, parts, tell });
      this.session = session;
      if (session instanceof RealtimeSession) await session.start();
      grant.dispatched();
      const { candidate, lease, dialled } = await this.dialled(asked, plan, pin);
      stopWatching();
      const { upstream, model } = candidate;
      calls.leadsTo({ upstream, account: lease.id }, model);
      try {
        if (dialled.kind === 'refused') await this.refused(dialled.answer);
        else await this.opened(asked, dialled, session);
      } finally {
        lease.release();
      }
    } finally {
      stopWatching();
    }
  }

  private end(grant: Grant): void {
    const callerLeft = this.clientGone || (this.ended?.callerLeft ?? false);
    this.session?.end({ callerLeft });
    const { status, refusalBytes: bytesOut } = this;
    const usage = NOTHING_OBSERVED;
    if (status === CLIENT_GONE_STATUS) grant.release();
    else grant.settle({ status, usage, cut: false, callerLeft, bytesOut });
  }

  private async dialled(
    asked: JudgedHandshake,
    plan: Plan,
    pin: ObjectPin | null,
  ): Promise<Answering> {
    const { key = null, rawHeaders } = this.incoming;
    const { path, query } = asked.target;
    const { routing, health } = this.parts;
    return await dialCandidates({
      plan,
      pin,
      upstreams: routing.upstreams,
      health,
      signal: this.hangUp.signal,
      request: ({ model }, lease) => ({
        path,
        query: queryWithModel(withoutKey(query, key), model === asked.model ? null : model),
        headers: upstreamRequestHeaders(rawHeaders, lease.key),
        protocols: asked.protocols,
        maxMessageBytes: MAX_ANSWER_BYTES,
      }),
      elapsed: () => this.elapsed(),
      onAttempt: (attempt) => this.attempts.push(attempt),
    });
  }

  /** The upstream answered with HTTP: its status, its headers and its body are the caller's answer. */
  private async refused(answer: IncomingMessage): Promise<void> {
    const response = this.incoming.response();
    const { statusCode: status = 502 } = answer;
    response.writeHead(status, this.headersFor(answer, status));
    this.answered(status);
    await passRefusal(answer, {
      response,
      socket: this.incoming.upgrade.socket,
      signal: this.hangUp.signal,
      onBytes: (bytes) => (this.refusalBytes += bytes),
    });
  }

  private async opened(
    asked: JudgedHandshake,
    { socket, answer, protocol }: Extract<Dialled, { kind: 'open' }>,
    session: SocketSession,
  ): Promise<void> {
    const { upgrade, signal } = this.incoming;
    const headers = keepHeaders(
      this.headersFor(answer, 101),
      (name) => !name.startsWith('sec-websocket-'),
    );
    const { maxJsonBytes: maxMessageBytes } = this.parts;
    const caller = accept(upgrade, { protocol, headers, maxMessageBytes });
    if (!caller) {
      socket.terminate();
      this.clientGone = true;
      return;
    }
    this.answered(101);
    this.caller = caller;
    // Peers that were lost without a word are found by TCP.
    for (const { socket: line } of [upgrade.request, answer])
      line.setKeepAlive(true, KEEP_ALIVE_MS);
    const tell = (error: GatewayError): void => this.tell(asked, error, {});
    this.bridge = new Bridge({ caller, upstream: socket, session, tell });
    if (signal?.aborted) this.bridge.end(signal.reason);
    this.ended = await this.bridge.run();
    this.clientGone = this.ended.callerVanished;
    if (this.ended.bug !== null) this.parts.onBug(this.ended.bug, this.incoming.requestId);
  }

  private answered(status: number): void {
    this.status = status;
    this.ttfbMs = this.elapsed();
  }

  private elapsed(): number {
    return Math.round(performance.now() - this.startedAtMs);
  }

  private headersFor({ rawHeaders }: IncomingMessage, status: number): string[] {
    const { requestId } = this.incoming;
    const headers = clientResponseHeaders(rawHeaders, { status, requestId });
    for (const [name, value] of Object.entries(this.grant?.headers ?? {}))
      headers.push(name, value);
    return headers;
  }

  private tell({ dialect }: JudgedHandshake, error: GatewayError, about: Told): void {
    const { requestId } = this.incoming;
    const { caller } = this;
    caller?.send(errorEvent(error, { dialect, requestId, about }));
    if (caller && caller.bufferedAmount > MAX_UNREAD_BYTES) this.bridge?.end(unread());
  }

  private failed(error: unknown): PassThroughRecord {
    if (this.hangUp.signal.aborted) {
      this.clientGone = true;
      this.incoming.upgrade.socket.destroy();
      return this.record();
    }
    if (!(error instanceof GatewayError)) throw error;
    this.status = error.status;
    this.refusedBy = error;
    const record = { ...this.record(), errorCode: error.code };
    throw new PassThroughError(error, record, false, this.grant?.headers);
  }

  private record(): PassThroughRecord {
    const { session, ended, status, ttfbMs, clientGone } = this;
    const { plan, grant, attempts, refusedBy } = this;
    const {
      tokensIn = null,
      tokensOut = null,
      tokensCached = null,
      nanoUsd = null,
    } = session?.used ?? {};
    const { up = 0, down = this.refusalBytes } = this.bridge?.bytes ?? {};
    return {
      status,
      errorCode: errorCodeOf(ended),
      model: session?.model ?? null,
      tokensIn,
      tokensOut,
      tokensCached,
      costUsd: nanoUsd === null ? null : nanoUsd / 1e9,
      bytesIn: up,
      bytesOut: down,
      ttfbMs,
      stream: true,
      upstream: this.attempts.at(-1)?.upstream ?? DEFAULT_UPSTREAM,
      clientGone,
      upstreamCut: ended?.upstreamVanished ?? false,
      explanation: plan && socketExplained({ plan, grant, attempts, refused: refusedBy }),
    };
  }
}

const errorCodeOf = (ended: BridgeEnd | null): ErrorCode | null => {
  if (ended?.bug) return 'INTERNAL';
  if (ended?.why instanceof GatewayError) return ended.why.code;
  if (ended?.upstreamVanished) return 'UPSTREAM_ERROR';
  return null;
};

/** As HTTP/2 opens a connection (RFC 8441): it names what it joins, and asks for no list. */
const HANDSHAKE = 'CONNECT';
/** A model may draw pictures, several in one message. */
const MAX_ANSWER_BYTES = 67_108_864;
const KEEP_ALIVE_MS = 30_000;

/** Of refusals that a caller asks for and does not read. */
const MAX_UNREAD_BYTES = 1_048_576;
const unread = (): GatewayError =>
  new GatewayError('INVALID_REQUEST', 'What is refused here is not being read.');
