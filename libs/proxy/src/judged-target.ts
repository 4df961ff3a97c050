import { GatewayError } from '@app/errors';
import { upstreamPath } from './upstream-path.js';

/** A request target that may be sent on, byte for byte as it came. */
export interface Target {
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  /** The decoded parts below `/v1`. */
  readonly segments: readonly string[];
  /** `/v1` and those: what policy and limits call the path. */
  readonly normalPath: string;
}

/** Whether it may be called at all is for policy to say, at the gateway's door. @throws GatewayError INVALID_REQUEST */
export function judgedTarget(target: string): Target {
  const verdict = upstreamPath(target);
  if (verdict.ok) return verdict;
  throw new GatewayError('INVALID_REQUEST', verdict.reason);
}
