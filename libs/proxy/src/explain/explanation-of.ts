import type { GatewayError } from '@app/errors';
import { LimitRefusal } from '@app/tenants';
import type { Attempts } from '../attempts/attempts.js';
import type { Grant } from '../governor.js';
import { DEFAULT_CLOCKS, DEFAULT_RETRIES } from '../routing/route.js';
import type { Plan } from '../routing/plan-route.js';
import { refusedLimits } from './explained-limits.js';
import type { ExplainedPrice, Explanation } from './explanation.js';

export interface ExplanationFacts {
  /** Null: it was over before it was planned. */
  readonly plan: Plan | null;
  readonly attempts: Attempts | null;
  readonly refused: GatewayError | null;
  readonly grant: Grant | null;
  readonly price: ExplainedPrice | null;
  readonly isReplayed: boolean;
}

/** What is kept of why a call went where it went. Pure. */
export function explanationOf(facts: ExplanationFacts): Explanation {
  const { plan, attempts, refused, grant, price, isReplayed } = facts;
  return {
    route: plan?.route?.model ?? null,
    delivery: plan?.delivery ?? 'live',
    clocks: plan?.clocks ?? DEFAULT_CLOCKS,
    retries: { allowed: plan?.retries ?? DEFAULT_RETRIES, used: attempts?.retries ?? 0 },
    candidates: attempts?.candidates() ?? [],
    attempts: attempts?.explained ?? [],
    refused:
      attempts === null && refused
        ? {
            code: refused.code,
            message: refused.message,
            param: refused.param,
          }
        : null,
    replayed: isReplayed,
    limits:
      refused instanceof LimitRefusal ? refusedLimits(refused.states) : (grant?.limits ?? null),
    price,
  };
}
