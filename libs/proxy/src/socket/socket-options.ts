import type { ServerResponse } from 'node:http';
import type { IncomingExchange } from '../incoming-exchange.js';
import type { PassThroughOptions } from '../pass-through-options.js';
import type { Routing } from '../routing/routing.js';
import type { TargetHealth } from '../routing/target-health.js';
import type { Upgrade } from './caller-socket.js';

/** `maxJsonBytes` is what a caller's message may have; a larger one closes the connection with 1009. */
export interface SocketParts extends Pick<
  PassThroughOptions,
  'governor' | 'objects' | 'namesOf' | 'maxJsonBytes'
> {
  readonly routing: Routing;
  readonly health: TargetHealth;
  /** Something that is nobody's fault but ours ended a connection. */
  readonly onBug: (error: unknown, requestId: string) => void;
}

/** A handshake that passed authentication, as it came in. */
export interface IncomingSocket extends Omit<IncomingExchange, 'body' | 'method'> {
  readonly upgrade: Upgrade;
  /** For an upstream's refusal; asked for once, and only while nothing was answered. */
  readonly response: () => ServerResponse;
}
