import { GatewayError } from '@app/errors';
import { upstreamPath } from './upstream-path.js';

/** A request target that may be sent on, byte for byte as it came. */
export interface Target {
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

/** @throws GatewayError INVALID_REQUEST, or POLICY_VIOLATION for the upstream's administration */
export function judgedTarget(target: string): Target {
  const verdict = upstreamPath(target);
  if (verdict.ok) return { path: verdict.path, query: verdict.query };
  const code = verdict.refusal === 'admin' ? 'POLICY_VIOLATION' : 'INVALID_REQUEST';
  throw new GatewayError(code, verdict.reason);
}
