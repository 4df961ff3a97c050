import type { GatewayError } from '@app/errors';
import type { ExplainedAttempt, ExplainedCandidate, Explanation } from '../explain/explanation.js';
import { explanationOf } from '../explain/explanation-of.js';
import type { Grant } from '../governor.js';
import type { Plan } from '../routing/plan-route.js';

export interface SocketExplainedFacts {
  readonly plan: Plan;
  readonly grant: Grant | null;
  /** Of handshakes, in their order. */
  readonly attempts: readonly ExplainedAttempt[];
  readonly refused: GatewayError | null;
}

/** What is kept of why a connection went where it went. Pure. */
export function socketExplained(facts: SocketExplainedFacts): Explanation {
  const { plan, grant, attempts } = facts;
  const refused = attempts.length === 0 ? facts.refused : null;
  const known = { plan, attempts: null, refused, grant, price: null, isReplayed: false };
  const used = Math.max(0, attempts.length - 1);
  const candidates = plan.candidates.map(({ upstream, model, skip: why }): ExplainedCandidate => {
    const isAsked = attempts.some((one) => one.upstream === upstream && one.model === model);
    const spare = why === null ? 'spare' : 'skipped';
    return { upstream, model, state: isAsked ? 'asked' : spare, why };
  });
  return {
    ...explanationOf(known),
    candidates,
    attempts,
    retries: { allowed: plan.retries, used },
  };
}
