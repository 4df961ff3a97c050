import { GatewayError } from '@app/errors';
import { endpointVerdict, requireAllowed } from '@app/tenants';
import { finished } from 'node:stream/promises';
import { type CallFacts, judgeBody } from '../call-rules.js';
import { endpointKind } from '../endpoint-kind.js';
import type { Outcome } from '../governor.js';
import type { JudgedBody } from '../judged-body.js';
import type { ObjectPin } from '../objects/objects.js';
import type { ProxyCall } from '../proxy-call.js';
import { readJudgedBody } from '../read-judged-body.js';
import { rewriteBody } from '../rewrite-body.js';
import { NOTHING_OBSERVED, withFields } from '../token-usage.js';
import { type EventFields, fieldOf, parsed, readEvent, text } from './event-fields.js';
import type { Judged, Message } from './message.js';
import { type RunningResponse, RunningResponses, seenOf } from './running-responses.js';
import type { SocketCalls } from './socket-calls.js';
import { type SessionEnd, SocketSession, SocketUse, type Tell } from './socket-session.js';

export interface ResponsesSessionParts {
  readonly calls: SocketCalls;
  /** Policies that need to know what is asked; none: what cannot be read passes. */
  readonly rules: readonly string[];
  readonly tell: Tell;
}

/**
 * `/v1/responses`: each `response.create` is what `POST /v1/responses` with the same body is, to policy,
 * limits, money and ownership alike. The first that runs has the connection's slot, others at the same time
 * take one of their own.
 */
export class ResponsesSession extends SocketSession {
  override readonly used = new SocketUse();
  private readonly running = new RunningResponses();
  private asked: string | null = null;
  private isOver = false;

  constructor(private readonly parts: ResponsesSessionParts) {
    super();
  }

  override get model(): string | null {
    return this.asked;
  }

  override async fromCaller(message: Message): Promise<Message | null> {
    const { data, isBinary } = message;
    const event = isBinary ? null : readEvent(data, ['previous_response_id', 'response']);
    try {
      const body = this.judged(event, data);
      if (body !== null) return await this.admitted(event, body);
      await this.placed(this.parts.calls.mention(data));
      return message;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.parts.tell(error, { streamId: event?.streamId ?? null });
      return null;
    }
  }

  override fromUpstream(message: Message): Judged {
    const { data, isBinary } = message;
    const event = isBinary ? null : readEvent(data, ['response', 'status', 'steer']);
    if (!event) return message;
    const { type, streamId, values } = event;
    const current = this.running.current(streamId);
    if (current) {
      current.events += 1;
      current.bytesOut += data.length;
    }
    if (type === 'response.created') {
      const noted = this.begun(values.get('response'), streamId);
      if (noted) return noted.then(() => message);
    }
    if (type !== null && ENDS.has(type)) this.ended(values.get('response'), streamId);
    if (type === 'error') this.failed(values.get('status'), streamId);
    if (type === 'response.steer.failed') this.steerFailed(streamId);
    return message;
  }

  override end({ callerLeft }: SessionEnd): void {
    this.isOver = true;
    for (const response of this.running.takeAll()) {
      const status = response.id === null ? null : 200;
      this.settle(response, { status, usage: seenOf(response), cut: true, callerLeft });
    }
  }

  /** Null: it starts nothing. @throws GatewayError where policy does not let it through */
  private judged(event: EventFields | null, data: Buffer): JudgedBody | null {
    const { rules } = this.parts;
    // Some upstream may read what is not read here, and whose is what it names?
    if (!event) throw unreadable();
    if (event.doubled !== null) {
      const param = event.doubled.slice(0, 80);
      throw new GatewayError('INVALID_REQUEST', `${param} stands twice in the event.`, { param });
    }
    if (event.type === 'response.create' || event.type === 'response.steer') {
      requireAllowed(endpointVerdict(this.parts.calls.facts.identity, CREATE));
      if (rules.length > 0 && event.values.has('response')) throw nested();
      return event.type === 'response.create' ? this.created(data) : this.steered(event, data);
    }
    if (rules.length > 0) throw unknown(event.type);
    return null;
  }

  private created(data: Buffer): JudgedBody {
    const { calls, rules } = this.parts;
    const read = readJudgedBody(data, {
      maxTokensFields: ['max_output_tokens'],
      strict: rules.length > 0,
    });
    const { identity, maxCostUsd, headers, namesOf, maxJsonBytes } = calls.facts;
    const endpoint = endpointKind('POST', ['responses']);
    // As of the handshake: what its headers say of repetitions is not meant for each event.
    const method = 'GET';
    const facts: CallFacts = {
      policies: identity,
      method,
      endpoint,
      maxCostUsd,
      headers,
      maxJsonBytes,
    };
    judgeBody(facts, read, namesOf);
    return read.body;
  }

  /** It goes on with a response of this connection: with its model, and its maximum. */
  private steered({ values }: EventFields, data: Buffer): JudgedBody {
    const earlier = this.running.earlier(text(values.get('previous_response_id')) ?? '');
    if (!earlier && this.parts.rules.length > 0) {
      const message = 'previous_response_id names no response of this connection.';
      throw new GatewayError('INVALID_REQUEST', message, { param: 'previous_response_id' });
    }
    const { model = null, maxTokens = null } = earlier ?? {};
    return { bytes: data, model, maxTokens, choices: 1, stream: true };
  }

  /** @throws GatewayError as `Objects.claim` and `Governor.admit` do */
  private async admitted(event: EventFields | null, body: JudgedBody): Promise<Message | null> {
    const { calls } = this.parts;
    const isSteered = event?.type === 'response.steer';
    const call = calls.response(body, { requests: 1, slots: this.running.size > 0 ? 1 : 0 });
    if (this.running.size >= MAX_RUNNING) throw tooMany();
    await this.placed(call);
    const target = calls.targetOf(call);
    const grant = await calls.facts.governor.admit({ ...call, targets: [target] });
    if (this.isOver) {
      grant.release();
      return null;
    }
    this.asked ??= body.model;
    const earlier = text(event?.values.get('previous_response_id'));
    const streamId = isSteered
      ? (this.running.earlier(earlier ?? '')?.streamId ?? null)
      : (event?.streamId ?? null);
    const { leads, facts } = calls;
    const answer = { ...leads, status: 200, headers: ['content-type', 'application/json'] };
    const watch = facts.objects.watchAnswer(call, answer);
    const { model: asked, maxTokens } = body;
    const begins = { model: asked, maxTokens, watch, grant, streamId, isSteered };
    this.running.add({ ...begins, id: null, events: 0, bytesOut: 0 });
    grant.dispatched();
    const model = target.model === body.model || isSteered ? null : target.model;
    return { data: rewriteBody(body.bytes, { model, includeUsage: false }), isBinary: false };
  }

  /** @throws GatewayError where the call names what is not the caller's, or lives elsewhere */
  private async placed(call: ProxyCall): Promise<void> {
    const { leads, facts } = this.parts.calls;
    const pin = await facts.objects.claim(call);
    if (pin && !isHere(pin, leads)) throw elsewhere();
  }

  /** Whose the new response is stands written before its id is told. */
  private begun(raw: string | undefined, streamId: string | null): Promise<void> | null {
    const id = fieldOf(parsed(raw), 'id');
    const response = typeof id === 'string' ? this.running.begun(id, streamId) : null;
    const watch = response?.watch;
    if (!watch) return null;
    // As an answer to POST the response would be the whole body.
    watch.resume().end(raw);
    return finished(watch);
  }

  private ended(raw: string | undefined, streamId: string | null): void {
    const told = parsed(raw);
    const id = fieldOf(told, 'id');
    const response =
      (typeof id === 'string' ? this.running.byId(id) : null) ?? this.running.current(streamId);
    if (!response) return;
    const usage = withFields(seenOf(response), { response: told });
    this.settle(response, { status: 200, usage, cut: false, callerLeft: false });
  }

  /** An error before a response began refuses it, as an HTTP error would; a later one cuts it. */
  private failed(raw: string | undefined, streamId: string | null): void {
    const response = this.running.current(streamId);
    if (!response) return;
    const refused = Number(raw ?? REFUSED);
    const isBegun = response.id !== null;
    this.settle(response, {
      status: isBegun || !(refused >= 400) ? (isBegun ? 200 : REFUSED) : refused,
      usage: isBegun ? seenOf(response) : NOTHING_OBSERVED,
      cut: true,
      callerLeft: false,
    });
  }

  private steerFailed(streamId: string | null): void {
    const response = this.running.steered(streamId);
    if (!response) return;
    this.running.over(response);
    response.grant.release();
  }

  private settle(response: RunningResponse, how: Omit<Outcome, 'bytesOut'>): void {
    this.running.over(response);
    const { nanoUsd } = response.grant.settle({ ...how, bytesOut: response.bytesOut });
    this.used.add(how.usage, nanoUsd);
  }
}

const ENDS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.failed',
  'response.incomplete',
]);
const REFUSED = 400;
const CREATE = { method: 'POST', path: '/v1/responses' };
/** Of one connection, at once: the upstream has them wait, and so would this process. */
const MAX_RUNNING = 100;

const isHere = (pin: ObjectPin, place: ObjectPin): boolean =>
  pin.upstream === place.upstream && pin.account === place.account;

const elsewhere = (): GatewayError =>
  new GatewayError(
    'INVALID_REQUEST',
    'What this event goes on with lives at another key of the upstream than this connection uses. Open another connection, or send it to POST /v1/responses.',
    { param: 'previous_response_id' },
  );

const unreadable = (): GatewayError =>
  new GatewayError('INVALID_REQUEST', 'Events must be JSON objects in text messages.');

const nested = (): GatewayError =>
  new GatewayError('INVALID_REQUEST', 'response is not taken: its fields stand in the event.', {
    param: 'response',
  });

const tooMany = (): GatewayError =>
  new GatewayError(
    'RATE_LIMIT_EXCEEDED',
    `${MAX_RUNNING} responses of this connection are not over; wait for one of them.`,
  );

const unknown = (type: string | null): GatewayError =>
  new GatewayError(
    'POLICY_VIOLATION',
    `What an event of type ${JSON.stringify(type?.slice(0, 80) ?? null)} starts is not known here; response.create and response.steer are taken.`,
    { param: 'type' },
  );
