import { GatewayError } from '@app/errors';
import { modelVerdict, type Policies, type Policy } from '@app/tenants';
import type { CallOptions } from '../call-options.js';
import type { ObjectPin } from '../objects/objects.js';
import type { ProxyCall } from '../proxy-call.js';
import { matchRoute } from './match-route.js';
import { type Plan, planRoute } from './plan-route.js';
import type { Routing } from './routing.js';
import type { TargetHealth } from './target-health.js';

export interface PlanningMeans {
  readonly routing: Routing;
  readonly health: TargetHealth;
  readonly pin: ObjectPin | null;
  readonly wishes: CallOptions;
  readonly namesOf: (model: string) => readonly string[];
  /** Of a form that was looked through for it; null: it was not, or shows none. */
  readonly formModel: string | null;
}

export interface CallPlan extends Plan {
  /**
   * A stream's head goes out after `keepAliveMs`, whether an upstream has answered or not: who configured
   * that, or asked for it, knows that a status is said then before it is known.
   */
  readonly beginsEarly: boolean;
}

/**
 * Where this call goes, as things stand now.
 * @throws GatewayError PAYLOAD_TOO_LARGE where routes are configured and the body that names the model is not read,
 *   or is a form whose model has one
 */
export function planCall(call: ProxyCall, means: PlanningMeans): CallPlan {
  const { routing, health, pin, wishes, namesOf } = means;
  const { routes, upstreams } = routing;
  const namesModel = call.endpoint.kind !== 'free';
  if (hidesModel(call, routing)) refuseRouted(means);
  const model = call.body?.model ?? null;
  const denied = onlyDenied(call.identity);
  const plan = planRoute({
    route: namesModel && model !== null ? matchRoute(routes, model) : null,
    model,
    pin,
    upstream: (name) => upstreams.get(name),
    health: (target) => health.state(target),
    allows: (target) => modelVerdict(denied, namesOf(target)) === null,
    random: Math.random,
  });
  const delivery = wishes.delivery ?? plan.delivery;
  const isWished = plan.route !== null || delivery === 'complete' || wishes.keepAliveMs !== null;
  const keepAliveMs = wishes.keepAliveMs ?? plan.keepAliveMs;
  return { ...plan, delivery, keepAliveMs, beginsEarly: isWished && keepAliveMs > 0 };
}

/** Whether this call may have a route that its body alone would tell of, and that was not read as JSON. */
export const hidesModel = (
  { endpoint, hasBody, body }: ProxyCall,
  { routes }: Pick<Routing, 'routes'>,
): boolean => endpoint.kind !== 'free' && hasBody && !body && routes.length > 0;

/** A form streams: no name is changed in it, and it is sent once. One whose model has no route may go. */
function refuseRouted({ routing, formModel }: PlanningMeans): void {
  if (formModel === null) throw unread();
  if (matchRoute(routing.routes, formModel)) throw routedForm(formModel);
}

/** What is asked for must be allowed by its own name; what an operator puts in its place must not be forbidden. */
const onlyDenied = ({ policy, keyPolicy }: Policies): Policies => ({
  policy: deniedOf(policy),
  keyPolicy: deniedOf(keyPolicy),
});

const deniedOf = ({ models }: Policy): Policy =>
  models?.deny ? { models: { deny: models.deny } } : {};

const unread = (): GatewayError =>
  new GatewayError(
    'PAYLOAD_TOO_LARGE',
    'The body must be known to choose a route by its model. Only JSON bodies up to PROXY_JSON_LIMIT_BYTES are read for that, and as much of a form: put model before what is large.',
    { param: 'model' },
  );

const routedForm = (model: string): GatewayError =>
  new GatewayError(
    'PAYLOAD_TOO_LARGE',
    `${model.slice(0, 128)} has a route, which only JSON bodies can follow; a form is not read whole.`,
    { param: 'model' },
  );
