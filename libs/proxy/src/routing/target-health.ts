import { afterFault, afterOk, type Breaker, breakerState, isClean, probed } from '@app/outbound';

/** Whether a target may be asked: `probe` is the one call that finds out whether it is well again. */
export type TargetState =
  | { readonly kind: 'well' }
  | { readonly kind: 'probe' }
  | { readonly kind: 'open'; readonly untilMs: number };

/** A model at an upstream; null: calls that name none. */
export interface HealthSubject {
  readonly upstream: string;
  readonly model: string | null;
}

/**
 * Which targets keep failing, as this process saw it. What fails five times in a row is left alone for 7 to 10 s,
 * then tried with one call, then left alone for twice as long (`Breaker`). A refusal of a caller's request,
 * and a limit that was reached, are no faults of a target.
 */
export class TargetHealth {
  private readonly breakers = new Map<string, { subject: HealthSubject; breaker: Breaker }>();

  /** @param random from 0 to 1, 1 excluded */
  constructor(
    private readonly now: () => number = Date.now,
    private readonly random: () => number = Math.random,
  ) {}

  state(subject: HealthSubject): TargetState {
    const breaker = this.breakers.get(keyOf(subject))?.breaker;
    const state = breakerState(breaker, this.now());
    if (state === 'closed') return { kind: 'well' };
    return state === 'half-open'
      ? { kind: 'probe' }
      : { kind: 'open', untilMs: breaker?.openUntil ?? 0 };
  }

  /** It is being asked. Of a target that was left alone this is the probe: nobody else asks until it is over. */
  asked(subject: HealthSubject): void {
    const breaker = this.breakers.get(keyOf(subject))?.breaker;
    if (!breaker || breakerState(breaker, this.now()) !== 'half-open') return;
    this.put(subject, probed(breaker, this.now()));
  }

  failed(subject: HealthSubject): void {
    const known = this.breakers.get(keyOf(subject));
    if (!known && this.breakers.size >= MAX_TARGETS) return;
    const before = known?.breaker ?? null;
    const after = afterFault(before, this.now());
    this.put(subject, after === before ? after : this.spread(after));
  }

  worked(subject: HealthSubject): void {
    const key = keyOf(subject);
    const breaker = this.breakers.get(key)?.breaker;
    if (!breaker) return;
    const next = afterOk(breaker, this.now());
    if (!next || isClean(next)) this.breakers.delete(key);
    else this.put(subject, next);
  }

  /** Those that have failed lately, by upstream. */
  failing(
    upstream: string,
  ): readonly { readonly model: string | null; readonly state: TargetState }[] {
    return [...this.breakers.values()]
      .filter(({ subject }) => subject.upstream === upstream)
      .map(({ subject }) => ({ model: subject.model, state: this.state(subject) }));
  }

  private spread(breaker: Breaker): Breaker {
    if (breaker.openUntil === null) return breaker;
    const now = this.now();
    const openMs = (breaker.openUntil - now) * (1 - SPREAD * this.random());
    return { ...breaker, openUntil: now + Math.round(openMs) };
  }

  private put({ upstream, model }: HealthSubject, breaker: Breaker): void {
    const subject = { upstream, model };
    this.breakers.set(keyOf(subject), { subject, breaker });
  }
}

/**
 * The share of the time by which a target is tried sooner, at most: so that processes do not all try at once, and
 * none keeps time with a target that is ill every so often and well whenever nobody looks.
 */
const SPREAD = 0.3;

/** Callers make up names of models; what is failing under more names than this is one upstream's trouble. */
const MAX_TARGETS = 10_000;

const keyOf = ({ upstream, model }: HealthSubject): string => JSON.stringify([upstream, model]);
