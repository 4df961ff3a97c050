import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Statement, StatementReader, WireReader } from './postgres-wire.js';

export type Side = 'before' | 'after';

/** Waits for one statement and stops its connection there. */
export interface Trap {
  readonly name: string;
  /** Resolves when a statement was caught: its text. */
  readonly caught: Promise<Statement>;
}

export interface PostgresProxy {
  /** The same database, by way of the proxy. */
  readonly url: string;
  /**
   * Catches the first statement that matches, and holds its connection for good: `before` the server
   * sees it, or `after` the server has done it, so that only the client does not know. A transaction's
   * end is `COMMIT`; `before` it nothing of the transaction has happened, `after` it all has.
   */
  trap(name: string, side: Side, matches: (statement: Statement) => boolean): Trap;
  stop(): Promise<void>;
}

interface SetTrap extends Trap {
  readonly side: Side;
  readonly matches: (statement: Statement) => boolean;
  readonly spring: (statement: Statement) => void;
}

/**
 * Between a process of the gateway and Postgres, on loopback. With it a test stops a worker exactly
 * between an effect and its record, and kills it there: no hook in the product is needed. What is
 * held when the client dies never reaches the server.
 */
export async function startPostgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  const target = new URL(databaseUrl);
  const traps = new Set<SetTrap>();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('error', () => undefined); // the other end was killed, as it should be
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    pass(client, upstream, traps);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port); // a TCP server that listens has one
  return {
    url: url.href,
    trap: (name, side, matches) => {
      const { promise, resolve } = Promise.withResolvers<Statement>();
      const trap: SetTrap = { name, side, matches, caught: promise, spring: resolve };
      traps.add(trap);
      return trap;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Everything goes through at once, until a trap springs on this connection. */
function pass(client: Socket, upstream: Socket, traps: Set<SetTrap>): void {
  const requests = new WireReader(true);
  const answers = new WireReader(false);
  const statements = new StatementReader();
  let isHeld = false;
  /** Sprung, and the server is at it. */
  let awaited: { readonly trap: SetTrap; readonly statement: Statement } | null = null;

  client.on('data', (chunk: Buffer) => {
    for (const message of requests.read(chunk)) {
      const statement = isHeld ? null : statements.read(message);
      const trap = statement && awaited === null ? taken(traps, statement) : null;
      if (trap && statement && trap.side === 'before') {
        isHeld = true;
        trap.spring(statement);
      }
      if (trap && statement && trap.side === 'after') awaited = { trap, statement };
      if (!isHeld) upstream.write(message.bytes);
    }
  });
  upstream.on('data', (chunk: Buffer) => {
    if (awaited === null) {
      if (!isHeld) client.write(chunk);
      answers.read(chunk);
      return;
    }
    if (!answers.read(chunk).some(({ type }) => type === READY_FOR_QUERY)) return;
    isHeld = true;
    awaited.trap.spring(awaited.statement);
  });
}

const READY_FOR_QUERY = 'Z';

/** The first trap that matches; each catches once. */
function taken(traps: Set<SetTrap>, statement: Statement): SetTrap | null {
  for (const trap of traps) {
    if (!trap.matches(statement)) continue;
    traps.delete(trap);
    return trap;
  }
  return null;
}
