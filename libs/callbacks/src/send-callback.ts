import { type Door, type DoorResponse, type DoorTrace, OutboundError } from '@app/outbound';
import { OPERATORS_ID } from './alerts/alert.js';
import { readSnippet } from './answer-snippet.js';
import type { CallbackSecretSource } from './callback-secret-source.js';
import type { AttemptPhases, Delivery, DeliveryAttempt } from './delivery.js';
import { describeFailure, describeStatus } from './describe-end.js';
import { type Answer, judgeAnswer, type Verdict } from './judge-answer.js';
import { errorClassOfFailure, errorClassOfStatus } from './judge-error-class.js';
import { retryAfterSeconds } from './retry-after.js';
import { callbackHeaders } from './signature.js';
import type { CallbackSigningKey } from './signing-key.js';

export interface CallbackSenderOptions {
  readonly door: Door;
  readonly secrets: CallbackSecretSource;
  /** Signs too where the operator has asked for it. */
  readonly signingKey?: CallbackSigningKey | undefined;
  /** One attempt, whole: name, connection, request and answer. */
  readonly timeoutMs: number;
  readonly now?: () => Date;
}

export interface SendLimits {
  /** Less than the time-out where less is left of a lease; above 0. */
  readonly withinMs?: number | undefined;
  /** Breaks the attempt off. */
  readonly signal?: AbortSignal;
}

export interface SentCallback {
  readonly attempt: DeliveryAttempt;
  readonly verdict: Verdict;
}

/** How an attempt ended, and what of it is recorded. */
interface End {
  readonly answer: Answer;
  readonly trace: DoorTrace | undefined;
  readonly recorded: Pick<DeliveryAttempt, 'status' | 'errorClass' | 'error' | 'answerSnippet'>;
}

/** Sends one attempt of one delivery and says what came of it. It never retries and writes nothing. */
export class CallbackSender {
  private readonly now: () => Date;

  constructor(private readonly options: CallbackSenderOptions) {
    this.now = options.now ?? (() => new Date());
  }

  /**
   * @throws only for faults of our own (secrets out of reach or too late, no sockets left), never for the
   *   receiver's.
   */
  async send(delivery: Delivery, limits: SendLimits = {}): Promise<SentCallback> {
    const askedMs = performance.now();
    const secrets = await this.options.secrets.secretsOf(delivery.tenantId);
    const withinMs = timeLeft(limits.withinMs, performance.now() - askedMs);
    const startedAt = this.now();
    const startedMs = performance.now();
    const number = delivery.attempts + 1;
    const headers = callbackHeaders({
      deliveryId: delivery.id,
      event: delivery.event,
      attempt: number,
      timestampSeconds: Math.floor(startedAt.getTime() / 1000),
      body: delivery.body,
      secrets,
      signingKey: this.options.signingKey,
    });
    const { answer, trace, recorded } = await this.exchange(delivery, headers, {
      ...limits,
      withinMs,
    });
    return {
      attempt: {
        deliveryId: delivery.id,
        number,
        trigger: delivery.trigger,
        startedAt,
        durationMs: Math.round(performance.now() - startedMs),
        phases: phasesOf(trace),
        remoteAddress: trace?.remoteAddress ?? null,
        ...recorded,
      },
      verdict: judgeAnswer(answer),
    };
  }

  private async exchange(
    delivery: Delivery,
    headers: Readonly<Record<string, string>>,
    { withinMs, signal }: SendLimits,
  ): Promise<End> {
    const totalMs = Math.min(this.options.timeoutMs, withinMs ?? Infinity);
    const connectMs = Math.min(LONGEST_CONNECT_MS, totalMs / 2);
    try {
      const response = await this.options.door.request({
        url: delivery.url,
        method: 'POST',
        headers,
        body: delivery.body,
        // Where alerts go is the operator's own word, as are the other addresses of the configuration.
        addressClass: { kind: delivery.tenantId === OPERATORS_ID ? 'operator' : 'tenant' },
        timeouts: { connectMs, headersMs: totalMs, idleMs: totalMs, totalMs },
        signal,
      });
      return await this.answered(response);
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      return failed(error, totalMs);
    }
  }

  private async answered(response: DoorResponse): Promise<End> {
    const { status, trace } = response;
    const wait = retryAfterSeconds(response.headers['retry-after'], this.now());
    return {
      answer: { kind: 'answered', status, retryAfterSeconds: wait },
      trace,
      recorded: {
        status,
        errorClass: errorClassOfStatus(status),
        error: describeStatus(status),
        answerSnippet: await readSnippet(response.body),
      },
    };
  }
}

/** A receiver that is given less time than this is not to be blamed for taking longer. */
const SHORTEST_MS = 1_000;

/** The secrets' time is the lease's as well: an attempt that outlives its lease is made twice. */
function timeLeft(withinMs = Infinity, spentMs: number): number {
  const leftMs = withinMs - spentMs;
  if (leftMs >= Math.min(SHORTEST_MS, withinMs / 2)) return leftMs;
  throw new Error(`The signing secrets took ${Math.round(spentMs)} ms, too long to send now.`);
}

/** A host that does not answer at all holds a place for no longer, however patient we are with answers. */
const LONGEST_CONNECT_MS = 5_000;

function failed(error: OutboundError, timeoutMs: number): End {
  const errorClass = errorClassOfFailure(error);
  if (errorClass === null) throw error;
  return {
    // In networks that the operator opened the door says so at once; it ends no delivery there either.
    answer: { kind: 'failed', failure: errorClass === 'blocked' ? 'connect' : error.kind },
    trace: error.trace,
    recorded: {
      status: null,
      errorClass,
      error: describeFailure(error, errorClass, timeoutMs),
      answerSnippet: '',
    },
  };
}

/** Rows hold whole milliseconds. */
function phasesOf(trace: DoorTrace | undefined): AttemptPhases {
  const { dnsMs = null, connectMs = null, tlsMs = null, firstByteMs = null } = trace?.timings ?? {};
  return {
    dnsMs: whole(dnsMs),
    connectMs: whole(connectMs),
    tlsMs: whole(tlsMs),
    firstByteMs: whole(firstByteMs),
  };
}

const whole = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : Math.round(milliseconds);
