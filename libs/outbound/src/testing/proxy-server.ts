import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface Tunnelled {
  readonly authority: string;
  readonly headers: IncomingHttpHeaders;
}

/** A forward proxy on a free loopback port that knows CONNECT alone. */
export interface ProxyServer extends AsyncDisposable {
  readonly origin: string;
  readonly asked: readonly Tunnelled[];
}

/**
 * `answer` gives the local port that stands for the authority, or the status that CONNECT is refused with.
 * Nothing outside this machine is ever dialled.
 */
export async function proxyServer(
  answer: (authority: string) => { readonly port: number } | { readonly status: number },
): Promise<ProxyServer> {
  const asked: Tunnelled[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', ({ url = '', headers }, client: Socket) => {
    asked.push({ authority: url, headers });
    client.on('error', () => undefined);
    const decision = answer(url);
    if ('status' in decision) {
      client.end(`HTTP/1.1 ${decision.status} Refused\r\ncontent-length: 6\r\n\r\nbanner`);
      return;
    }
    const target = connect(decision.port, '127.0.0.1');
    sockets.add(target);
    target.on('error', () => client.destroy());
    target.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(client).pipe(target);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
