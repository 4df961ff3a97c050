import type { Socket } from 'node:net';
import { type buildConnector, Client, type Dispatcher } from 'undici';
import { Connection, type OpenSocket, type SocketTarget } from './connection.js';
import { OutboundError } from './outbound-error.js';
import { secureSocket } from './secure-socket.js';
import { unreachable } from './unreachable.js';

/** Carries one request at a time, and keeps its connection for the next. */
export class Line {
  /** The last one that was begun. */
  connection: Connection | null = null;

  constructor(
    private readonly target: SocketTarget,
    private readonly open: OpenSocket,
  ) {}

  /** Undici asks for a connection here, when a request finds none. */
  readonly connect: buildConnector.connector = (options, callback) => {
    void this.answer(options.protocol === 'https:', callback);
  };

  private async answer(isSecure: boolean, callback: buildConnector.Callback): Promise<void> {
    const connection = new Connection();
    this.connection = connection;
    const outcome = await this.dial(connection, isSecure).catch(asConnectError);
    if (outcome instanceof Error) callback(outcome, null);
    else callback(null, outcome);
  }

  private async dial(connection: Connection, isSecure: boolean): Promise<Socket> {
    const { host } = this.target;
    const { abandoned } = connection;
    const { socket, address } = await this.open(this.target, abandoned);
    connection.connected(address);
    const ready = isSecure ? await secureSocket(socket, host, abandoned) : socket;
    if (isSecure) connection.secured();
    connection.stage = 'open';
    // An error of undici's own for this would have it dial again for ever.
    if (ready.destroyed) throw unreachable('closed', `The connection to ${host} broke at once`);
    return ready;
  }
}

/** A request that wants to know which line it is on. */
export interface Carried extends Dispatcher.DispatchHandler {
  onLine: (line: Line) => void;
}

/** One keep-alive socket as undici drives it. */
export class LineClient extends Client {
  constructor(
    origin: URL,
    options: Client.Options,
    private readonly line: Line,
  ) {
    super(origin, { ...options, connect: line.connect });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
    if (isCarried(handler)) handler.onLine(this.line);
    return super.dispatch(options, handler);
  }
}

const isCarried = (handler: Dispatcher.DispatchHandler): handler is Carried => 'onLine' in handler;

function asConnectError(error: unknown): Error {
  if (error instanceof OutboundError) return error;
  return new OutboundError('connect', 'The connection could not be opened.', false, {
    cause: error,
  });
}
