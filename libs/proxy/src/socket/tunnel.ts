import { type ErrorCode, GatewayError } from '@app/errors';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { withoutKey } from '../callers-key.js';
import type { Grant } from '../governor.js';
import {
  CLIENT_GONE_STATUS,
  PassThroughError,
  type PassThroughRecord,
} from '../pass-through-record.js';
import { keepHeaders } from '../raw-headers.js';
import { breakOff, relayAnswer } from '../relay-answer.js';
import { upstreamRequestHeaders } from '../request-headers.js';
import { clientResponseHeaders } from '../response-headers.js';
import { retryAfterMs } from '../retry-after.js';
import { NOTHING_OBSERVED } from '../token-usage.js';
import { Bridge, type BridgeEnd } from './bridge.js';
import { accept, watchLeaving } from './caller-socket.js';
import { errorEvent } from './error-event.js';
import { type JudgedHandshake, judgedHandshake } from './judged-handshake.js';
import { RealtimeSession } from './realtime-session.js';
import { ResponsesSession } from './responses-session.js';
import { SocketCalls } from './socket-calls.js';
import type { IncomingSocket, SocketOptions, SocketPlace } from './socket-options.js';
import { OpaqueSession, type SocketSession, type Tell, type Told } from './socket-session.js';
import { dial, type Dialled } from './upstream-socket.js';

/** One WebSocket's way to the upstream and back; lives as long as it takes, and keeps its account. */
export class Tunnel {
  private readonly startedAtMs = performance.now();
  private readonly hangUp = new AbortController();
  private caller: WebSocket | null = null;
  private bridge: Bridge | null = null;
  private session: SocketSession | null = null;
  private place: SocketPlace | null = null;
  private grantHeaders: Readonly<Record<string, string>> = {};
  private status = CLIENT_GONE_STATUS;
  private ttfbMs: number | null = null;
  private refusalBytes = 0;
  private ended: BridgeEnd | null = null;
  private clientGone = false;

  constructor(
    private readonly incoming: IncomingSocket,
    private readonly options: SocketOptions,
  ) {}

  async run(): Promise<PassThroughRecord> {
    const { signal } = this.incoming;
    const onEnd = (): void => {
      this.hangUp.abort(signal?.reason);
      this.bridge?.end(signal?.reason);
    };
    signal?.addEventListener('abort', onEnd);
    try {
      await this.governed(judgedHandshake(this.incoming, this.options.maxJsonBytes));
      return this.record();
    } catch (error) {
      return this.failed(error);
    } finally {
      signal?.removeEventListener('abort', onEnd);
    }
  }

  /** The connection itself costs nothing; it counts as one request, and has a slot for as long as it is open. */
  private async governed(asked: JudgedHandshake): Promise<void> {
    const { identity, requestId } = this.incoming;
    const path = asked.target.normalPath;
    const call = { identity, requestId, method: 'GET', path, body: null, maxCostUsd: null };
    const grant = await this.options.governor.admit(call);
    this.grantHeaders = grant.headers;
    try {
      this.place = this.options.placeFor(asked.model);
      await this.placed(asked, this.place, grant);
    } finally {
      this.place?.lease.release();
      this.end(grant);
    }
  }

  private async placed(asked: JudgedHandshake, place: SocketPlace, grant: Grant): Promise<void> {
    const { upgrade } = this.incoming;
    const stopWatching = watchLeaving(upgrade.socket, () => {
      this.clientGone = true;
      this.hangUp.abort(new Error('The caller left'));
    });
    try {
      const session = this.sessionOf(asked, place);
      this.session = session;
      if (session instanceof RealtimeSession) await session.start();
      grant.dispatched();
      const dialled = await this.dialled(asked, place);
      stopWatching();
      if (dialled.kind === 'refused') await this.refused(dialled.answer);
      else await this.opened(asked, dialled, session);
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

  private sessionOf(asked: JudgedHandshake, { upstream, lease }: SocketPlace): SocketSession {
    const { dialect, model, rules, maxCostUsd } = asked;
    if (dialect === 'opaque') return new OpaqueSession(model);
    const { identity, requestId, rawHeaders: headers } = this.incoming;
    const { governor, objects, namesOf, maxJsonBytes } = this.options;
    const place = { upstream, account: lease.account };
    const facts = { identity, requestId, headers, maxCostUsd, governor, objects, place };
    const calls = new SocketCalls({ ...facts, namesOf, maxJsonBytes });
    const tell: Tell = (error, about) => this.tell(asked, error, about);
    if (dialect === 'responses') return new ResponsesSession({ calls, rules, tell });
    return new RealtimeSession({ calls, asked: model, rules, tell });
  }

  private async dialled(asked: JudgedHandshake, place: SocketPlace): Promise<Dialled> {
    const { key, rawHeaders } = this.incoming;
    const { path, query } = asked.target;
    const { baseUrl, lease } = place;
    const dialled = await dial(
      { baseUrl, path, query: withoutKey(query, key ?? null) },
      {
        headers: upstreamRequestHeaders(rawHeaders, lease.key),
        protocols: asked.protocols,
        maxMessageBytes: MAX_ANSWER_BYTES,
        timeoutMs: this.options.handshakeMs,
        signal: this.hangUp.signal,
      },
    );
    const { statusCode = 502, rawHeaders: answered } = dialled.answer;
    lease.answered(statusCode, retryAfterMs(answered, Date.now()));
    return dialled;
  }

  /** The upstream answered with HTTP: its status, its headers and its body are the caller's answer. */
  private async refused(answer: IncomingMessage): Promise<void> {
    const response = this.incoming.response();
    const { statusCode: status = 502 } = answer;
    response.writeHead(status, this.headersFor(answer, status));
    this.answered(status);
    const end = await relayAnswer(answer, response, (chunk) => (this.refusalBytes += chunk.length));
    if (end.kind !== 'complete') breakOff(response, null);
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
    const { maxJsonBytes: maxMessageBytes } = this.options;
    const caller = accept(upgrade, { protocol, headers, maxMessageBytes });
    if (!caller) {
      socket.terminate();
      this.clientGone = true;
      return;
    }
    this.answered(101);
    this.caller = caller;
    // Peers that were lost without a word are found by TCP.
    for (const { socket: line } of [upgrade.request, answer]) line.setKeepAlive(true, KEEP_ALIVE_MS);
    const tell = (error: GatewayError): void => this.tell(asked, error, {});
    this.bridge = new Bridge({ caller, upstream: socket, session, tell });
    if (signal?.aborted) this.bridge.end(signal.reason);
    this.ended = await this.bridge.run();
    this.clientGone = this.ended.callerVanished;
    if (this.ended.bug !== null) this.options.onBug(this.ended.bug, this.incoming.requestId);
  }

  private answered(status: number): void {
    this.status = status;
    this.ttfbMs = Math.round(performance.now() - this.startedAtMs);
  }

  private headersFor({ rawHeaders }: IncomingMessage, status: number): string[] {
    const { requestId } = this.incoming;
    const headers = clientResponseHeaders(rawHeaders, { status, requestId });
    for (const [name, value] of Object.entries(this.grantHeaders)) headers.push(name, value);
    return headers;
  }

  private tell({ dialect }: JudgedHandshake, error: GatewayError, about: Told): void {
    const { requestId } = this.incoming;
    this.caller?.send(errorEvent(error, { dialect, requestId, about }));
  }

  private failed(error: unknown): PassThroughRecord {
    if (this.hangUp.signal.aborted) {
      this.clientGone = true;
      this.incoming.upgrade.socket.destroy();
      return this.record();
    }
    if (!(error instanceof GatewayError)) throw error;
    this.status = error.status;
    const record = { ...this.record(), errorCode: error.code };
    throw new PassThroughError(error, record, false, this.grantHeaders);
  }

  private record(): PassThroughRecord {
    const { session, ended, status, ttfbMs, clientGone } = this;
    const { tokensIn = null, tokensOut = null, tokensCached = null, nanoUsd = null } = session?.used ?? {};
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
      upstream: 'openai',
      clientGone,
      upstreamCut: ended?.upstreamVanished ?? false,
    };
  }
}

const errorCodeOf = (ended: BridgeEnd | null): ErrorCode | null => {
  if (ended?.bug) return 'INTERNAL';
  if (ended?.why instanceof GatewayError) return ended.why.code;
  if (ended?.upstreamVanished) return 'UPSTREAM_ERROR';
  return null;
};

/** A model may draw pictures, several in one message. */
const MAX_ANSWER_BYTES = 67_108_864;
const KEEP_ALIVE_MS = 30_000;
