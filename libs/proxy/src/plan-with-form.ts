import type { CallBody } from './call-body.js';
import type { ProxyCall } from './proxy-call.js';
import { type CallPlan, hidesModel, planCall, type PlanningMeans } from './routing/plan-call.js';

export interface FormMeans extends Omit<PlanningMeans, 'formModel'> {
  /** Of a form, as far as it is looked through. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Plans a call; its form is looked through for the model where a route may be for that. Forms are held for it
 * only then.
 * @throws GatewayError as `planCall` and `CallBody.formModel` do; the signal's reason
 */
export async function planWithForm(
  call: ProxyCall,
  body: CallBody,
  { maxBytes, signal, ...means }: FormMeans,
): Promise<CallPlan> {
  const formModel = hidesModel(call, means.routing)
    ? await body.formModel(call.headers, maxBytes, signal)
    : null;
  return planCall(call, { ...means, formModel });
}
