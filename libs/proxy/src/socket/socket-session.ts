import type { GatewayError } from '@app/errors';
import type { ObservedUsage } from '../token-usage.js';
import type { Judged, Message } from './message.js';

/** How a connection ended, as money looks at it. */
export interface SessionEnd {
  /** It ended because of the caller: what runs then is theirs. */
  readonly callerLeft: boolean;
}

/** What goes over one connection, as policy and money see it. */
export abstract class SocketSession {
  /** As it was asked for, or as the upstream says; null: nobody has said. */
  abstract readonly model: string | null;
  abstract readonly used: SocketUse;
  /**
   * What is sent to the upstream. Null: nothing, and the caller was told so in the connection.
   * @throws GatewayError where the connection cannot go on
   */
  abstract fromCaller(message: Message): Judged;
  /**
   * What is sent to the caller.
   * @throws GatewayError where the connection cannot go on
   */
  abstract fromUpstream(message: Message): Judged;
  /** Settles what is open. Once. */
  abstract end(how: SessionEnd): void;
}

/** Says something to the caller in the name of the upstream. */
export type Tell = (error: GatewayError, event: Told) => void;

/** The event that an error is about, as far as it names itself. */
export interface Told {
  readonly eventId?: string | null;
  readonly streamId?: string | null;
}

/** What all responses of a connection used together. */
export class SocketUse {
  tokensIn: number | null = null;
  tokensOut: number | null = null;
  tokensCached: number | null = null;
  /** Null: none of them had a price. */
  nanoUsd: number | null = null;

  add(usage: ObservedUsage, nanoUsd: number | null): void {
    this.tokensIn = sum(this.tokensIn, usage.tokensIn);
    this.tokensOut = sum(this.tokensOut, usage.tokensOut);
    this.tokensCached = sum(this.tokensCached, usage.tokensCached);
    this.nanoUsd = sum(this.nanoUsd, nanoUsd);
  }
}

const sum = (before: number | null, more: number | null): number | null =>
  more === null ? before : (before ?? 0) + more;

/** Passes everything, and knows nothing of it. */
export class OpaqueSession extends SocketSession {
  override readonly used = new SocketUse();

  constructor(override readonly model: string | null) {
    super();
  }

  override fromCaller(message: Message): Message {
    return message;
  }

  override fromUpstream(message: Message): Message {
    return message;
  }

  override end(): void {
    // Nothing was let through by name, so nothing is open.
  }
}
