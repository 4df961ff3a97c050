import { GatewayError } from '@app/errors';
import type { WebSocket } from 'ws';
import { Lane } from './lane.js';
import type { SocketSession } from './socket-session.js';

export interface BridgeParts {
  readonly caller: WebSocket;
  readonly upstream: WebSocket;
  readonly session: SocketSession;
  /** Says an error to the caller, in the connection. */
  readonly tell: (error: GatewayError) => void;
}

/** How a connection ended. */
export interface BridgeEnd {
  /** The caller broke it off, or was lost. */
  readonly callerVanished: boolean;
  /** The caller was the first to end it. */
  readonly callerLeft: boolean;
  /** The upstream broke it off. */
  readonly upstreamVanished: boolean;
  /** Why we ended it; null: we did not. */
  readonly why: unknown;
  /** What nobody expected; null: nothing. */
  readonly bug: unknown;
}

/**
 * A WebSocket on each side, and what comes on one goes out on the other; so do codes and reasons of their
 * closing. Who vanishes without a word never looks as if they had finished: the caller is told 1011, the
 * upstream's connection is broken.
 */
export class Bridge {
  private readonly up: Lane;
  private readonly down: Lane;
  private first: 'caller' | 'upstream' | 'us' | null = null;
  private callerVanished = false;
  private upstreamVanished = false;
  private why: unknown = null;
  private bug: unknown = null;

  constructor(private readonly parts: BridgeParts) {
    const { caller, upstream, session } = parts;
    const onFailure = (error: unknown): void => this.fail(error);
    this.up = new Lane({
      from: caller,
      to: upstream,
      judge: (message) => session.fromCaller(message),
      onFailure,
    });
    this.down = new Lane({
      from: upstream,
      to: caller,
      judge: (message) => session.fromUpstream(message),
      onFailure,
    });
  }

  /** Bytes of the caller's messages, and of the upstream's. */
  get bytes(): { readonly up: number; readonly down: number } {
    return { up: this.up.bytes, down: this.down.bytes };
  }

  /** Until both sides are closed. */
  async run(): Promise<BridgeEnd> {
    const { caller, upstream } = this.parts;
    const ended = Promise.all([
      closing(caller, (code, reason) => this.callerClosed(code, reason)),
      closing(upstream, (code, reason) => this.upstreamClosed(code, reason)),
    ]);
    upstream.resume();
    await ended;
    const { callerVanished, upstreamVanished, why, bug } = this;
    return { callerVanished, callerLeft: this.first === 'caller', upstreamVanished, why, bug };
  }

  /** Ends it from our side, at once: the caller's key has ended, or the process stops. The first reason counts. */
  end(why: unknown): void {
    this.leave(why, why instanceof GatewayError ? farewell(why) : GOING_AWAY);
  }

  /** What a session cannot go on with is said in the connection too, where SDKs look for it. */
  private fail(error: unknown): void {
    if (error instanceof GatewayError) {
      this.parts.tell(error);
      this.leave(error, farewell(error));
      return;
    }
    this.bug ??= error;
    this.leave(error, BROKEN);
  }

  private leave(why: unknown, { code, reason }: Farewell): void {
    if (this.first === 'us') return;
    this.first = 'us';
    this.why = why;
    this.up.cut();
    this.down.cut();
    this.parts.caller.close(code, reason);
    this.parts.upstream.terminate();
  }

  private async callerClosed(code: number, reason: Buffer): Promise<void> {
    const { upstream } = this.parts;
    this.first ??= 'caller';
    this.down.cut();
    if (code === VANISHED) {
      this.callerVanished = this.first === 'caller';
      upstream.terminate();
      return;
    }
    const stuck = setTimeout(() => upstream.terminate(), LINGER_MS);
    upstream.once('close', () => clearTimeout(stuck));
    await this.up.idle();
    close(upstream, code, reason);
  }

  private async upstreamClosed(code: number, reason: Buffer): Promise<void> {
    const { caller } = this.parts;
    this.first ??= 'upstream';
    this.up.cut();
    await this.down.idle();
    if (code !== VANISHED) close(caller, code, reason);
    else {
      this.upstreamVanished = this.first === 'upstream';
      caller.close(1011, 'The upstream broke the connection.');
    }
  }
}

/** For what the caller said last to reach the upstream. */
const LINGER_MS = 5_000;

/** No word of farewell came, and "no code" when one without a code did (RFC 6455, section 7.4.1). */
const VANISHED = 1006;
const NO_CODE = 1005;

const closing = (
  socket: WebSocket,
  onClose: (code: number, reason: Buffer) => Promise<void>,
): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('close', (code, reason) => {
      onClose(code, reason).then(resolve, reject);
    });
  });

function close(socket: WebSocket, code: number, reason: Buffer): void {
  if (code === NO_CODE) socket.close();
  else socket.close(code, reason);
}

interface Farewell {
  readonly code: number;
  readonly reason: string;
}

const GOING_AWAY: Farewell = { code: 1001, reason: 'The gateway stops; connect again.' };
const BROKEN: Farewell = { code: 1011, reason: 'Something went wrong on our side.' };

const farewell = ({ code, message }: GatewayError): Farewell => ({
  code: code === 'SERVICE_UNAVAILABLE' ? 1013 : 1008,
  reason: fitting(message),
});

/** 123 bytes are all that fit (RFC 6455, section 5.5). */
const fitting = (text: string): string =>
  Buffer.from(text)
    .subarray(0, 123)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
