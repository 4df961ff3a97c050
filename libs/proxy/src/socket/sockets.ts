import type { PassThroughRecord } from '../pass-through-record.js';
import type { IncomingSocket, SocketParts } from './socket-options.js';
import { Tunnel } from './tunnel.js';

/**
 * The pass-through of WebSockets: one on each side, and every message passes whole. What events ask for is
 * judged before they are sent on, and what responses use is settled when they end.
 */
export class Sockets {
  constructor(private readonly parts: SocketParts) {}

  /**
   * Resolves when both sides are closed, the upstream refused (its answer was passed on), or the caller left.
   * The caller of this keeps the duty to answer an error.
   *
   * @throws PassThroughError or GatewayError, only while nothing was answered
   */
  async connect(incoming: IncomingSocket): Promise<PassThroughRecord> {
    return await new Tunnel(incoming, this.parts).run();
  }
}
