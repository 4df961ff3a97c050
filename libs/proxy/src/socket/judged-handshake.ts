import { GatewayError } from '@app/errors';
import { rulesOnBody } from '../call-rules.js';
import { endpointKind } from '../endpoint-kind.js';
import { judgedTarget, type Target } from '../judged-target.js';
import { readMaxCost } from '../max-cost.js';
import { offeredProtocols } from './handshake.js';
import { type SocketDialect, socketDialect } from './socket-dialect.js';
import type { IncomingSocket } from './socket-options.js';

/** What a handshake asks for. */
export interface JudgedHandshake {
  readonly target: Target;
  readonly dialect: SocketDialect;
  /** To be offered to the upstream. */
  readonly protocols: readonly string[];
  /** As its query names it. */
  readonly model: string | null;
  readonly maxCostUsd: number | null;
  /** Policies that need to know what is asked over the connection; none: it need not be read. */
  readonly rules: readonly string[];
}

/** Pure. @throws GatewayError for a handshake that cannot be judged, or whose connection could not be */
export function judgedHandshake(incoming: IncomingSocket, maxJsonBytes: number): JudgedHandshake {
  const { identity, rawHeaders, upgrade } = incoming;
  const target = judgedTarget(incoming.target);
  const protocols = offeredProtocols(upgrade.request);
  const dialect = socketDialect(target.segments);
  const maxCostUsd = readMaxCost(rawHeaders);
  // Over any connection text may be generated, as by the endpoint that does.
  const endpoint = endpointKind('POST', ['responses']);
  const method = 'GET';
  const facts = {
    policies: identity,
    method,
    endpoint,
    maxCostUsd,
    headers: rawHeaders,
    maxJsonBytes,
  };
  const rules = rulesOnBody(facts);
  const query = new URLSearchParams(target.query);
  if (rules.length > 0) refuseUnjudgeable(dialect, query, rules);
  return { target, dialect, protocols, model: modelIn(query), maxCostUsd, rules };
}

function modelIn(query: URLSearchParams): string | null {
  const [model = null, ...more] = query.getAll('model');
  if (more.length === 0) return model === '' ? null : model;
  const message = 'model stands twice in the query.';
  throw new GatewayError('INVALID_REQUEST', message, { param: 'model' });
}

/** A call that began elsewhere has a model that nobody here has seen. */
function refuseUnjudgeable(
  dialect: SocketDialect,
  query: URLSearchParams,
  rules: readonly string[],
): void {
  const isJoining = dialect === 'realtime' && query.has('call_id');
  if (dialect !== 'opaque' && !isJoining) return;
  throw new GatewayError(
    'POLICY_VIOLATION',
    `What goes over this connection cannot be judged here, so ${rules.join(', ')} cannot be kept; it is refused.`,
  );
}
