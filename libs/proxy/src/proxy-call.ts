import type { EndpointKind } from './endpoint-kind.js';
import type { GovernedCall } from './governor.js';
import type { Target } from './judged-target.js';
import type { RawHeaders } from './raw-headers.js';

/** A call of the pass-through once its body was read, as everybody sees it who judges it before it is sent. */
export interface ProxyCall extends GovernedCall {
  readonly target: Target;
  readonly endpoint: EndpointKind;
  /** As the caller sent them. */
  readonly headers: RawHeaders;
  /** The headers announce a body; `body` is null all the same where it is not read. */
  readonly hasBody: boolean;
}
