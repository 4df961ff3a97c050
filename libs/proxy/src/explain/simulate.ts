import { Readable } from 'node:stream';
import { GatewayError } from '@app/errors';
import { currentPrices, decimalOf } from '@app/prices';
import { CallBody } from '../call-body.js';
import { type CallOptions, readCallOptions } from '../call-options.js';
import type { GovernedCall } from '../governor.js';
import type { HeldBytes } from '../held-bytes.js';
import { highestBound } from '../money/highest-bound.js';
import type { PassThroughOptions } from '../pass-through-options.js';
import { planWithForm } from '../plan-with-form.js';
import type { ProxyCall } from '../proxy-call.js';
import { headerPairs, headerValue, type RawHeaders } from '../raw-headers.js';
import { readCall } from '../read-call.js';
import { wantsInjectedUsage } from '../rewrite-body.js';
import { noTarget } from '../routing/no-target.js';
import type { Plan } from '../routing/plan-route.js';
import type { Routing } from '../routing/routing.js';
import type { TargetHealth } from '../routing/target-health.js';
import { explainedRefusal } from './explained-refusal.js';
import {
  type ImaginedCall,
  NOTHING_FOUND,
  type SimulatedCost,
  type SimulatedPlan,
  type Simulation,
} from './simulation.js';

export interface SimulationMeans {
  readonly routing: Routing;
  readonly health: TargetHealth;
  readonly held: HeldBytes;
  readonly options: PassThroughOptions;
}

/**
 * Goes the way of a call up to where it would be sent, by the same functions in the same order, and says how
 * far it came. Whether an idempotency key was used before is not looked up: that would take the key.
 * @throws whatever is no GatewayError
 */
export async function simulate(call: ImaginedCall, means: SimulationMeans): Promise<Simulation> {
  const stages = new Stages(call, means);
  try {
    await stages.run();
    return stages.found;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { refused, limits = stages.found.limits } = explainedRefusal(error);
    return { ...stages.found, limits, refused: refused && { status: error.status, ...refused } };
  }
}

class Stages {
  found: Simulation = NOTHING_FOUND;
  private readonly headers: RawHeaders;
  private readonly body: CallBody;

  constructor(
    private readonly imagined: ImaginedCall,
    private readonly means: SimulationMeans,
  ) {
    const { body, headers } = imagined;
    this.headers = withLength(headers, body);
    this.body = new CallBody({
      source: body && Readable.from([body]),
      headers: this.headers,
      maxBodyBytes: means.options.maxBodyBytes,
      held: means.held,
    });
  }

  async run(): Promise<void> {
    try {
      await this.judged();
    } finally {
      this.body.close();
    }
  }

  private async judged(): Promise<void> {
    const { options } = this.means;
    const wishes = readCallOptions(this.imagined.headers);
    const call = await this.read();
    this.note({ model: call.body?.model ?? null, looksUpReplay: looksUpReplay(call) });
    const plan = await this.plan(call, wishes);
    const targets = plan.candidates.filter(({ skip }) => skip === null);
    const governed = { ...call, targets };
    this.note({ cost: costOf(governed) });
    this.note({ limits: await options.governor.check(governed) });
    if (targets.length === 0) throw noTarget(plan);
  }

  private note(more: Partial<Simulation>): void {
    this.found = { ...this.found, ...more };
  }

  private async read(): Promise<ProxyCall> {
    const { options } = this.means;
    const { target, method, identity, requestId } = this.imagined;
    const incoming = { identity, requestId, method, target, rawHeaders: this.headers };
    return await readCall(incoming, this.body, { options, signal: NEVER });
  }

  private async plan(call: ProxyCall, wishes: CallOptions): Promise<Plan> {
    const { routing, health, options } = this.means;
    const pin = await options.objects.claim(call);
    const { namesOf, maxJsonBytes: maxBytes } = options;
    const means = { routing, health, pin, wishes, namesOf, maxBytes, signal: NEVER };
    const plan = await planWithForm(call, this.body, means);
    this.note({ plan: shownPlan(plan, { call, routing, pinned: pin?.upstream ?? null }) });
    return plan;
  }
}

function shownPlan(
  plan: Plan,
  { call, routing, pinned }: { call: ProxyCall; routing: Routing; pinned: string | null },
): SimulatedPlan {
  const { route, candidates, ...terms } = plan;
  const asksUsage = wantsInjectedUsage(call);
  const asked = call.body?.model ?? null;
  return {
    ...terms,
    route: route?.model ?? null,
    pinned,
    candidates: candidates.map(({ upstream, model, skip }) => ({
      upstream,
      model,
      skip,
      rewrites: {
        model: model !== asked,
        usageAsked: asksUsage && (routing.upstreams.get(upstream)?.injectUsage ?? false),
      },
    })),
  };
}

function costOf(call: GovernedCall): SimulatedCost {
  const { tokens, tokensOut, nanoUsd, gap } = highestBound(call, currentPrices());
  return {
    tokens,
    tokensOut,
    mostUsd: nanoUsd === null ? null : decimalOf(BigInt(nanoUsd), 9),
    unknown: gap && `${gap.says}.`,
  };
}

const looksUpReplay = ({ method, headers }: ProxyCall): boolean =>
  method === 'POST' && headerValue(headers, 'idempotency-key') !== undefined;

/** A body that is not announced is none (RFC 9112, 6.3). */
function withLength(headers: RawHeaders, body: Buffer | null): RawHeaders {
  const rest = [...headerPairs(headers)].filter(([name]) => !LENGTHS.has(name.toLowerCase()));
  return [...rest.flat(), ...(body ? ['content-length', String(body.length)] : [])];
}

const LENGTHS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);
const NEVER = new AbortController().signal;
