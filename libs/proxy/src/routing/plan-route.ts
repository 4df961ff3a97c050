import { type ObjectPin } from '../objects/objects.js';
import {
  type Clocks,
  DEFAULT_CLOCKS,
  DEFAULT_KEEP_ALIVE_MS,
  DEFAULT_RETRIES,
  DEFAULT_UPSTREAM,
  type Delivery,
  type Route,
  type RouteTarget,
} from './route.js';
import type { TargetState } from './target-health.js';
import type { LiveUpstream } from './upstreams.js';

/** A target as it stands for one call. */
export interface Candidate {
  readonly upstream: string;
  /** As it is called there; null: the call names no model. */
  readonly model: string | null;
  /** Null: it may be asked. Else why not, a sentence. */
  readonly skip: string | null;
  /** Of one that is skipped for a while: until when, Unix milliseconds. */
  readonly untilMs: number | null;
}

/** Where a call goes, and how patiently. */
export interface Plan {
  /** Null: no route is configured for its model. */
  readonly route: Route | null;
  /** In the order in which they are asked. At least one. */
  readonly candidates: readonly Candidate[];
  readonly clocks: Clocks;
  readonly retries: number;
  readonly delivery: Delivery;
  readonly keepAliveMs: number;
}

export interface PlanFacts {
  readonly route: Route | null;
  /** As the call names it. */
  readonly model: string | null;
  /** Where objects that the call names live. */
  readonly pin: ObjectPin | null;
  readonly upstream: (name: string) => Pick<LiveUpstream, 'weight' | 'accounts'> | null;
  readonly health: (target: { upstream: string; model: string | null }) => TargetState;
  /** Whether policy lets a model be asked under this name. */
  readonly allows: (model: string) => boolean;
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number;
}

/**
 * Pure. Targets by their order; equal ones by a draw in which each has its weight. A target that is open
 * (it kept failing) is skipped; where nothing was configured there is nowhere else to go, so it is asked all the same.
 */
export function planRoute(facts: PlanFacts): Plan {
  const { route, pin } = facts;
  return {
    route,
    candidates: restingLast(
      pinned(targetsOf(facts), pin).map((target) => candidateOf(target, facts)),
      facts,
    ),
    clocks: route?.timeouts ?? DEFAULT_CLOCKS,
    retries: route?.retries ?? DEFAULT_RETRIES,
    delivery: route?.delivery ?? 'live',
    keepAliveMs: route?.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS,
  };
}

const DIRECT: RouteTarget = { upstream: DEFAULT_UPSTREAM, model: null, weight: null, order: 0 };

function targetsOf({ route, upstream, random }: PlanFacts): readonly RouteTarget[] {
  const targets = route?.targets ?? [DIRECT];
  const drawn = targets.map((target) => {
    const weight = target.weight ?? upstream(target.upstream)?.weight ?? 1;
    // The smallest of exponential draws comes first with the probability of its weight.
    return { target, at: -Math.log(1 - random()) / weight };
  });
  return drawn
    .toSorted((a, b) => a.target.order - b.target.order || a.at - b.at)
    .map(({ target }) => target);
}

/** Objects live at one upstream: nobody else knows them. */
function pinned(targets: readonly RouteTarget[], pin: ObjectPin | null): readonly RouteTarget[] {
  if (!pin) return targets;
  const there = targets.filter(({ upstream }) => upstream === pin.upstream);
  return there.length > 0 ? there : [{ ...DIRECT, upstream: pin.upstream }];
}

/** An upstream that asked to wait, for every key it knows, is asked behind the others. */
function restingLast(candidates: readonly Candidate[], { upstream }: PlanFacts) {
  const rests = (candidate: Candidate): boolean =>
    candidate.skip === null && upstream(candidate.upstream)?.accounts.hasReady(NO_KEYS) === false;
  return [...candidates.filter((one) => !rests(one)), ...candidates.filter(rests)];
}

const NO_KEYS: ReadonlySet<string> = new Set();

function candidateOf(target: RouteTarget, facts: PlanFacts): Candidate {
  const model = target.model ?? facts.model;
  const candidate = { upstream: target.upstream, model, skip: null, untilMs: null };
  const skip = (why: string, untilMs: number | null = null) => ({
    ...candidate,
    skip: why,
    untilMs,
  });
  const upstream = facts.upstream(target.upstream);
  if (!upstream) return skip(`There is no upstream ${target.upstream}.`);
  if (target.model !== null && !facts.allows(target.model)) {
    return skip(`Policy does not allow ${target.model}.`);
  }
  if (!upstream.accounts.hasKeys) return skip(`${target.upstream} has no key.`);
  const state = facts.health({ upstream: target.upstream, model });
  if (state.kind !== 'open' || !facts.route) return candidate;
  return skip(`${target.upstream} keeps failing and is left alone for a while.`, state.untilMs);
}
