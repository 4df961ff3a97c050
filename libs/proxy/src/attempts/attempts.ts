import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '@app/errors';
import type { UpstreamAnswer } from '../answer-handler.js';
import { explainedCandidates } from '../explain/explained-candidates.js';
import type { ExplainedAttempt, ExplainedCandidate } from '../explain/explanation.js';
import type { ObjectPin } from '../objects/objects.js';
import { noTarget } from '../routing/no-target.js';
import type { Candidate, Plan } from '../routing/plan-route.js';
import type { TargetHealth } from '../routing/target-health.js';
import type { LiveUpstream, Upstreams } from '../routing/upstreams.js';
import { BAD_KEY, UpstreamFailure } from '../upstream-failure.js';
import type { AccountLease } from '../upstream-accounts.js';
import { Attempt, type AttemptEnd, type AttemptParts } from './attempt.js';
import { isTargetsFault, isUnknown, mayHaveRun } from './fault.js';
import { nextStep } from './next-step.js';

export interface AttemptsParts {
  readonly plan: Plan;
  readonly upstreams: Upstreams;
  readonly health: TargetHealth;
  readonly pin: ObjectPin | null;
  readonly signal: AbortSignal;
  readonly isSafe: boolean;
  readonly canResend: boolean;
  /** The upstream may have the request whole, as far as we sent it. */
  readonly isSent: () => boolean;
  readonly callerRetries: boolean;
  /** One request for this target, with this key. */
  readonly request: (target: Target, lease: AccountLease) => ReturnType<AttemptParts['request']>;
  readonly verdict: AttemptParts['verdict'];
  /** Takes the answer whole before it counts, where that was asked for; else gives it back as it is. */
  readonly hold: (answer: UpstreamAnswer) => Promise<AttemptEnd>;
  readonly elapsed: () => number;
  readonly random?: () => number;
}

/** A candidate, and the upstream that it names. */
export interface Target {
  readonly candidate: Candidate;
  readonly upstream: LiveUpstream;
}

/** The answer that the caller gets, and who gave it. */
export interface Answered extends Target {
  readonly answer: UpstreamAnswer;
  readonly lease: AccountLease;
  /** It is a refusal or an error of the upstream, which nobody could mend. */
  readonly isFault: boolean;
}

/**
 * Asks one target after the other, under one budget of retries, until one answers or nothing may follow
 * (`nextStep`). Every key that was taken is given back, but the one of the answer.
 */
export class Attempts {
  /** Of those that came to nothing: what the upstream may have been paid for it. */
  readonly lost: Target[] = [];
  /** Of one of those nobody knows whether it was done. */
  hasUnknown = false;
  readonly explained: ExplainedAttempt[] = [];
  /** Who is being asked, once a request began to be written. */
  asking: Target | null = null;
  private readonly tried = new Set<Candidate>();
  private made = 0;
  /** What the caller is told where nobody answers. */
  private best: Failure | null = null;

  constructor(private readonly parts: AttemptsParts) {}

  /** Attempts after the first. */
  get retries(): number {
    return Math.max(0, this.made - 1);
  }

  /** @throws GatewayError; the signal's reason */
  async run(): Promise<Answered> {
    try {
      const answered = await this.answered();
      if (this.best && !answered.isFault) drop(this.best);
      return answered;
    } catch (error) {
      if (this.best) drop(this.best);
      throw error;
    }
  }

  private async answered(): Promise<Answered> {
    let target = this.next(false);
    if (!target) throw noTarget(this.parts.plan);
    let keys = new Set<string>();
    for (;;) {
      const failure = await this.attempt(target, keys);
      if (failure.kind === 'answered') return failure.answered;
      this.best = better(this.best, failure);
      const step = this.step(target, failure, keys);
      this.explained.push(failure.attempt.explained(failure.end.fault, sentenceOf(step)));
      if (step.kind === 'stop') return this.lastWord(this.best);
      if (step.kind === 'same-target') await this.wait(step.waitMs);
      if (step.kind === 'other-target') {
        target = this.next(step.needsOtherModel) ?? target;
        keys = new Set();
      }
    }
  }

  /** How each candidate was met. */
  candidates(): readonly ExplainedCandidate[] {
    return explainedCandidates(this.parts.plan, this.tried);
  }

  private async attempt(target: Target, keys: Set<string>): Promise<Answering | Failure> {
    const { pin, health, plan, signal, elapsed, verdict, request } = this.parts;
    const { candidate, upstream } = target;
    const pinned = pin?.upstream === candidate.upstream ? pin.account : null;
    const lease = upstream.accounts.take(pinned);
    keys.add(lease.id);
    this.tried.add(candidate);
    this.made += 1;
    health.asked(candidate);
    const attempt = new Attempt({
      ...target,
      lease,
      signal,
      clocks: plan.clocks,
      verdict,
      request: (taken) => request(target, taken),
      elapsed,
      onAsked: () => (this.asking = target),
    });
    let isKept = false;
    try {
      const first = await attempt.run();
      const end =
        first.kind === 'answered' ? await this.held(target, attempt, first.answer) : first;
      if (end.kind === 'answered') {
        isKept = true;
        const answered = { ...target, answer: end.answer, lease, isFault: false };
        this.explained.push(attempt.explained('answered', 'This is the answer.'));
        return { kind: 'answered', answered };
      }
      return { kind: 'failed', target, attempt, end, lost: this.note(target, attempt, end) };
    } finally {
      // One that was called off stays: nobody knows what became of it.
      if (!signal.aborted) this.asking = null;
      if (!isKept) lease.release();
    }
  }

  /** @throws GatewayError, the signal's reason: the work was done, and its answer is lost */
  private async held(
    target: Target,
    attempt: Attempt,
    answer: UpstreamAnswer,
  ): Promise<AttemptEnd> {
    const { hold, signal } = this.parts;
    try {
      const end = await hold(answer);
      // What we broke off ourselves says nothing of the target.
      if (end.kind === 'failed' && end.word instanceof GatewayError) signal.throwIfAborted();
      return end;
    } catch (error) {
      if (!signal.aborted) {
        this.lose(target);
        this.explained.push(attempt.explained('answered', 'Its answer could not be held.'));
      }
      throw error;
    }
  }

  private note(target: Target, attempt: Attempt, { fault }: FailedEnd): Target | null {
    if (isTargetsFault(fault)) this.parts.health.failed(target.candidate);
    else this.parts.health.worked(target.candidate);
    if (!attempt.asked || !mayHaveRun(fault) || !this.parts.isSent()) return null;
    this.hasUnknown ||= isUnknown(fault);
    return this.lose(target);
  }

  /** One of its own for each attempt: the same target may be lost twice. */
  private lose(target: Target): Target {
    const lost = { ...target };
    this.lost.push(lost);
    return lost;
  }

  private step({ candidate, upstream }: Target, { end }: Failure, keys: ReadonlySet<string>) {
    const { plan, pin, isSafe, canResend, callerRetries, random = Math.random } = this.parts;
    const left = this.left();
    const askedModels = new Set([...this.tried].map(({ model }) => model));
    return nextStep(
      {
        kind: end.fault,
        retryAfterMs: end.retryAfterMs,
        retriesLeft: plan.retries - this.retries,
        attempts: this.made,
        isRouted: plan.route !== null,
        isSafe,
        canResend,
        callerRetries,
        hasOtherKey: pin?.upstream !== candidate.upstream && upstream.accounts.hasReady(keys),
        hasOther: left.length > 0,
        hasOtherModel: left.some(({ model }) => !askedModels.has(model)),
      },
      random,
    );
  }

  private async wait(ms: number): Promise<void> {
    const { signal } = this.parts;
    await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  private left(): readonly Candidate[] {
    return this.parts.plan.candidates.filter(
      (candidate) => candidate.skip === null && !this.tried.has(candidate),
    );
  }

  private next(needsOtherModel: boolean): Target | null {
    const asked = new Set([...this.tried].map(({ model }) => model));
    const candidate = this.left().find(({ model }) => !needsOtherModel || !asked.has(model));
    const upstream = candidate && this.parts.upstreams.get(candidate.upstream);
    return candidate && upstream ? { candidate, upstream } : null;
  }

  /** What is told when nothing may follow any more. */
  private lastWord({ end, target, lost }: Failure): Answered {
    if (end.word instanceof GatewayError) throw end.word;
    if (end.fault === 'bad-key') throw new UpstreamFailure('UPSTREAM_ERROR', BAD_KEY, false);
    // A stream that tells an error is charged by what it used before: it is not lost as well.
    if (lost && end.word.status < 400) this.lost.splice(this.lost.indexOf(lost), 1);
    return { ...target, answer: end.word, lease: RETURNED, isFault: true };
  }
}

type FailedEnd = Extract<AttemptEnd, { readonly kind: 'failed' }>;

interface Answering {
  readonly kind: 'answered';
  readonly answered: Answered;
}

interface Failure {
  readonly kind: 'failed';
  readonly target: Target;
  readonly attempt: Attempt;
  readonly end: FailedEnd;
  /** Of those that are lost; null: it is none. */
  readonly lost: Target | null;
}

/** What a fallback thinks of the request says less than why it was asked at all. */
function better(before: Failure | null, now: Failure): Failure {
  const kept = before && now.end.fault === 'refused' ? before : now;
  const dropped = kept === now ? before : now;
  if (dropped) drop(dropped);
  return kept;
}

/** Its answer is not going to be read. */
function drop({ end: { word } }: Failure): void {
  if (!(word instanceof GatewayError)) word.body.destroy();
}

const RETURNED: AccountLease = {
  id: '',
  key: '',
  answered: () => undefined,
  release: () => undefined,
};

function sentenceOf(step: ReturnType<typeof nextStep>): string {
  switch (step.kind) {
    case 'stop':
      return step.why;
    case 'other-key':
      return 'Another key of the same upstream was asked.';
    case 'other-target':
      return 'The next target was asked.';
    case 'same-target':
      return `The same target was asked again after ${Math.round(step.waitMs)} ms.`;
  }
}
