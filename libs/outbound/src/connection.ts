import type { Socket } from 'node:net';

/** How far a connection has come: to the address, through TLS, ready to carry requests. */
export type ConnectionStage = 'dialling' | 'securing' | 'open';

/** One connection from its first packet on: how long each step took, and where it leads. */
export class Connection {
  stage: ConnectionStage = 'dialling';
  connectMs: number | null = null;
  tlsMs: number | null = null;
  /** The vetted address at the other end; null until it answered. */
  remoteAddress: string | null = null;
  /** Requests it carried: the second one finds it open. */
  carried = 0;
  private readonly giveUp = new AbortController();
  private stepAt = performance.now();

  /** Aborts when nobody waits for the connection any more. */
  get abandoned(): AbortSignal {
    return this.giveUp.signal;
  }

  connected(remoteAddress: string): void {
    this.connectMs = this.step();
    this.remoteAddress = remoteAddress;
    this.stage = 'securing';
  }

  secured(): void {
    this.tlsMs = this.step();
  }

  abandon(): void {
    if (this.stage !== 'open') this.giveUp.abort();
  }

  private step(): number {
    const before = this.stepAt;
    this.stepAt = performance.now();
    return this.stepAt - before;
  }
}

/** Where a connection is to lead. */
export interface SocketTarget {
  /** As the URL has it: for messages and TLS, never dialled. */
  readonly host: string;
  /** Vetted; whichever answers first. */
  readonly addresses: readonly string[];
  readonly port: number;
}

export interface OpenedSocket {
  readonly socket: Socket;
  /** Which of the addresses it leads to. */
  readonly address: string;
}

/** Opens a socket to one of the addresses, and to nothing else. @throws OutboundError */
export type OpenSocket = (target: SocketTarget, abandoned: AbortSignal) => Promise<OpenedSocket>;
