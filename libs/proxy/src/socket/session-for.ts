import type { Plan } from '../routing/plan-route.js';
import type { JudgedHandshake } from './judged-handshake.js';
import { planFor } from './plan-for.js';
import { RealtimeSession } from './realtime-session.js';
import { ResponsesSession } from './responses-session.js';
import { SocketCalls } from './socket-calls.js';
import type { IncomingSocket, SocketParts } from './socket-options.js';
import { OpaqueSession, type SocketSession, type Tell } from './socket-session.js';

export interface SessionMeans {
  readonly asked: JudgedHandshake;
  readonly plan: Plan;
  readonly incoming: IncomingSocket;
  readonly parts: SocketParts;
  readonly tell: Tell;
}

/** Who reads what goes over a connection, and makes the calls that are in it. */
export function sessionFor({ asked, plan, incoming, parts, tell }: SessionMeans): {
  readonly session: SocketSession;
  readonly calls: SocketCalls;
} {
  const { dialect, model, rules, maxCostUsd } = asked;
  const { identity, requestId, rawHeaders: headers } = incoming;
  const { governor, objects, namesOf, maxJsonBytes } = parts;
  const calls = new SocketCalls({
    identity,
    requestId,
    headers,
    maxCostUsd,
    governor,
    objects,
    namesOf,
    maxJsonBytes,
    candidatesOf: (call) => planFor(parts, call, null).candidates,
  });
  if (dialect === 'opaque') return { session: new OpaqueSession(model), calls };
  if (dialect === 'responses')
    return { session: new ResponsesSession({ calls, rules, tell }), calls };
  const targets = plan.candidates.filter(({ skip }) => skip === null);
  return { session: new RealtimeSession({ calls, asked: model, rules, tell, targets }), calls };
}
