import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';

/** A real server on a free loopback port; closing it cuts its open connections. */
export interface LoopbackServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** TCP connections accepted so far. */
  readonly connections: () => number;
}

export async function httpServer(answer: RequestListener): Promise<LoopbackServer> {
  return await listen(createServer(answer));
}

/** A server below HTTP, for answers that no HTTP server would give. */
export async function tcpServer(onConnection: (socket: Socket) => void): Promise<LoopbackServer> {
  return await listen(
    createTcpServer((socket) => {
      socket.on('error', () => undefined);
      onConnection(socket);
    }),
  );
}

/** A port on which nobody listens: one that was free a moment ago. */
export async function closedPort(): Promise<number> {
  const server = await tcpServer(() => undefined);
  await server[Symbol.asyncDispose]();
  return server.port;
}

async function listen(server: ReturnType<typeof createTcpServer>): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
