import type { ServerResponse } from 'node:http';
import type { Governor } from '../governor.js';
import type { IncomingExchange } from '../incoming-exchange.js';
import type { Objects } from '../objects/objects.js';
import type { AccountLease } from '../upstream-accounts.js';
import type { Upgrade } from './caller-socket.js';

/** Where a connection leads. */
export interface SocketPlace {
  readonly upstream: string;
  readonly baseUrl: string;
  /** Until the connection is closed. */
  readonly lease: AccountLease;
}

export interface SocketOptions {
  /** Of a caller's message; larger ones close the connection with 1009. */
  readonly maxJsonBytes: number;
  /** All names by which policy judges a model. */
  readonly namesOf: (model: string) => readonly string[];
  readonly governor: Governor;
  readonly objects: Objects;
  /** Until the upstream has answered a handshake. */
  readonly handshakeMs: number;
  /**
   * By the model of the handshake; null: it names none.
   * @throws GatewayError where there is no upstream for it, or no key
   */
  readonly placeFor: (model: string | null) => SocketPlace;
  /** Something that is nobody's fault but ours ended a connection. */
  readonly onBug: (error: unknown, requestId: string) => void;
}

/** A handshake that passed authentication, as it came in. */
export interface IncomingSocket extends Omit<IncomingExchange, 'body' | 'method'> {
  readonly upgrade: Upgrade;
  /** For an upstream's refusal; asked for once, and only while nothing was answered. */
  readonly response: () => ServerResponse;
}
