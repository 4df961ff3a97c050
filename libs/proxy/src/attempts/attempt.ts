import type { GatewayError } from '@app/errors';
import type { UpstreamAnswer } from '../answer-handler.js';
import type { ExplainedAttempt } from '../explain/explanation.js';
import { isEventStream } from '../media-type.js';
import { headerValue, type RawHeaders } from '../raw-headers.js';
import { retryAfterMs } from '../retry-after.js';
import type { Candidate } from '../routing/plan-route.js';
import type { Clocks } from '../routing/route.js';
import type { LiveUpstream } from '../routing/upstreams.js';
import type { StreamVerdict } from '../stream/stream-verdict.js';
import type { AccountLease } from '../upstream-accounts.js';
import type { UpstreamRequest } from '../upstream-client.js';
import { UpstreamFailure } from '../upstream-failure.js';
import { bufferedAnswer } from './buffered-answer.js';
import { type FaultKind, faultOfAnswer, mayHaveRun } from './fault.js';
import { firstEvent } from './first-event.js';

export interface AttemptParts {
  readonly upstream: LiveUpstream;
  readonly candidate: Candidate;
  readonly lease: AccountLease;
  /** Of the whole call, hanging up included. */
  readonly signal: AbortSignal;
  readonly clocks: Clocks;
  /** For a stream that must have begun before it counts as an answer; null: any head will do. */
  readonly verdict: ((headers: RawHeaders) => StreamVerdict) | null;
  readonly request: (lease: AccountLease) => Omit<UpstreamRequest, 'signal' | 'clocks' | 'onStart'>;
  /** The request began to be written. */
  readonly onAsked: () => void;
  /** Milliseconds since the call began. */
  readonly elapsed: () => number;
}

/** An answer to pass on, or what went wrong, and the word that a caller would get of it. */
export type AttemptEnd =
  | { readonly kind: 'answered'; readonly answer: UpstreamAnswer }
  | {
      readonly kind: 'failed';
      readonly fault: FaultKind;
      readonly retryAfterMs: number | null;
      readonly word: UpstreamAnswer | GatewayError;
    };

/** One try of one target with one key. */
export class Attempt {
  /** The request was written to a connection, or began to be. */
  asked = false;
  private readonly startedMs: number;
  private connectedMs: number | null = null;
  private headMs: number | null = null;
  private firstTokenMs: number | null = null;
  private status: number | null = null;

  constructor(private readonly parts: AttemptParts) {
    this.startedMs = parts.elapsed();
  }

  /** @throws GatewayError that is no fault of the upstream's (the body's own); the signal's reason */
  async run(): Promise<AttemptEnd> {
    try {
      return await this.judged(await this.send());
    } catch (error) {
      if (this.parts.signal.aborted || !(error instanceof UpstreamFailure)) throw error;
      return failed(faultOfFailure(error, this.headMs !== null), error);
    }
  }

  /** @param then what followed, a sentence */
  explained(outcome: 'answered' | FaultKind, followedBy: string): ExplainedAttempt {
    const { candidate, lease, elapsed } = this.parts;
    return {
      upstream: candidate.upstream,
      model: candidate.model,
      account: lease.id,
      startedMs: this.startedMs,
      connectedMs: this.connectedMs,
      headMs: this.headMs,
      firstTokenMs: this.firstTokenMs,
      endedMs: elapsed(),
      status: this.status,
      outcome,
      followedBy,
      mayHaveRun: outcome === 'answered' || mayHaveRun(outcome),
    };
  }

  private async send(): Promise<UpstreamAnswer> {
    const { upstream, lease, signal, clocks, request, elapsed } = this.parts;
    signal.throwIfAborted();
    const answer = await upstream.client.forward({
      ...request(lease),
      signal,
      clocks,
      onStart: () => {
        this.asked = true;
        this.parts.onAsked();
        this.connectedMs = elapsed();
      },
    });
    this.headMs = elapsed();
    this.status = answer.status;
    lease.answered(answer.status, retryAfterMs(answer.headers, Date.now()));
    return answer;
  }

  private async judged(answer: UpstreamAnswer): Promise<AttemptEnd> {
    if (answer.status >= 400) return await ofError(answer);
    const { verdict, clocks, elapsed } = this.parts;
    if (!verdict || !isReadableStream(answer.headers)) return { kind: 'answered', answer };
    const begun = await firstEvent(answer, verdict(answer.headers), clocks.firstTokenMs);
    const { first } = begun;
    this.parts.signal.throwIfAborted();
    if (first.kind !== 'silent') this.firstTokenMs = elapsed();
    if (first.kind === 'begun') return { kind: 'answered', answer: begun.answer };
    if (first.kind === 'failed') return failed(first.fault, begun.answer);
    answer.body.destroy();
    return failed(first.kind, wordsFor(first.kind));
  }
}

/** An error that says nothing we know is an answer like others. */
async function ofError(answer: UpstreamAnswer): Promise<AttemptEnd> {
  const { bytes, answer: anew } = await bufferedAnswer(answer);
  const fault = faultOfAnswer(answer.status, bytes);
  if (fault === null) return { kind: 'answered', answer: anew };
  const waitMs = retryAfterMs(answer.headers, Date.now());
  return { kind: 'failed', fault, retryAfterMs: waitMs, word: anew };
}

export const failed = (fault: FaultKind, word: UpstreamAnswer | GatewayError): AttemptEnd => ({
  kind: 'failed',
  fault,
  retryAfterMs: null,
  word,
});

function faultOfFailure(failure: UpstreamFailure, hasHead: boolean): FaultKind {
  const isTimeout = failure.code === 'UPSTREAM_TIMEOUT';
  if (hasHead) return isTimeout ? 'stalled' : 'cut';
  if (!failure.mayHaveRun) return 'unreachable';
  return isTimeout ? 'silent' : 'broken';
}

const isReadableStream = (headers: RawHeaders): boolean =>
  isEventStream(headerValue(headers, 'content-type')) &&
  headerValue(headers, 'content-encoding') === undefined;

/** What a caller is told of a stream that did not begin. */
const wordsFor = (fault: FaultKind): UpstreamFailure =>
  fault === 'silent'
    ? new UpstreamFailure('UPSTREAM_TIMEOUT', `${SILENT} it may have done the work.`, true)
    : new UpstreamFailure('UPSTREAM_ERROR', `${WRONG} it may have done the work.`, true);

const SILENT = 'The upstream began a stream and sent no event in time;';
const WRONG = 'The upstream’s stream did not begin as one that can be passed on;';
