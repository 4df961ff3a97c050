import { type Door, type DoorResponse, OutboundError } from '@app/outbound';
import { readSnippet } from './answer-snippet.js';
import type { CallbackSecretSource } from './callback-secret-source.js';
import type { AttemptTrigger, Delivery, DeliveryAttempt } from './delivery.js';
import { describeFailure, describeStatus } from './describe-end.js';
import { type Answer, judgeAnswer, type Verdict } from './judge-answer.js';
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

export interface SentCallback {
  readonly attempt: DeliveryAttempt;
  readonly verdict: Verdict;
}

/** How an attempt ended, and what of it is recorded. */
interface End {
  readonly answer: Answer;
  readonly recorded: Pick<DeliveryAttempt, 'status' | 'error' | 'answerSnippet'>;
}

/** Sends one attempt of one delivery and says what came of it. It never retries and writes nothing. */
export class CallbackSender {
  private readonly now: () => Date;

  constructor(private readonly options: CallbackSenderOptions) {
    this.now = options.now ?? (() => new Date());
  }

  /** @throws only for faults of our own (secrets out of reach), never for the receiver's. */
  async send(delivery: Delivery, trigger: AttemptTrigger = 'schedule'): Promise<SentCallback> {
    const secrets = await this.options.secrets.secretsOf(delivery.tenantId);
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
    const { answer, recorded } = await this.exchange(delivery, headers);
    const durationMs = Math.round(performance.now() - startedMs);
    return {
      attempt: { deliveryId: delivery.id, number, trigger, startedAt, durationMs, ...recorded },
      verdict: judgeAnswer(answer),
    };
  }

  private async exchange(
    delivery: Delivery,
    headers: Readonly<Record<string, string>>,
  ): Promise<End> {
    const { door, timeoutMs } = this.options;
    try {
      const response = await door.request({
        url: delivery.url,
        method: 'POST',
        headers,
        body: delivery.body,
        addressClass: { kind: 'tenant' },
        timeouts: {
          connectMs: timeoutMs,
          headersMs: timeoutMs,
          idleMs: timeoutMs,
          totalMs: timeoutMs,
        },
      });
      return await this.answered(response);
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      const phrase = describeFailure(error, timeoutMs);
      return {
        answer: { kind: 'failed', failure: error.kind },
        recorded: { status: null, error: phrase, answerSnippet: '' },
      };
    }
  }

  private async answered(response: DoorResponse): Promise<End> {
    const { status } = response;
    const wait = retryAfterSeconds(response.headers['retry-after'], this.now());
    return {
      answer: { kind: 'answered', status, retryAfterSeconds: wait },
      recorded: {
        status,
        error: describeStatus(status),
        answerSnippet: await readSnippet(response.body),
      },
    };
  }
}
