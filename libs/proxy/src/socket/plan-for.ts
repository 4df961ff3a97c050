import type { ObjectPin } from '../objects/objects.js';
import type { ProxyCall } from '../proxy-call.js';
import { planCall } from '../routing/plan-call.js';
import type { Plan } from '../routing/plan-route.js';
import type { SocketParts } from './socket-options.js';

/** Where a call goes as things stand now; how its answer is delivered makes no difference here. */
export const planFor = (
  { routing, health, namesOf }: SocketParts,
  call: ProxyCall,
  pin: ObjectPin | null,
): Plan => planCall(call, { routing, health, pin, wishes: NO_WISHES, namesOf, formModel: null });

const NO_WISHES = { delivery: null, keepAliveMs: null };

/** As a call that names the model in its body, which is where routes look. */
export const withModel = (call: ProxyCall, model: string): ProxyCall => ({
  ...call,
  endpoint: { kind: 'other' },
  body: { bytes: Buffer.alloc(0), model, maxTokens: null, choices: 1, stream: true },
});
