import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface ForwardProxy {
  /** `host:port` */
  readonly address: string;
  /** What each CONNECT showed as `Proxy-Authorization`. */
  readonly shown: readonly (string | undefined)[];
  stop(): Promise<void>;
}

/** A forward proxy on loopback that is asked and refuses: nothing outside this machine is dialled. */
export async function startForwardProxy(): Promise<ForwardProxy> {
  const shown: (string | undefined)[] = [];
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', ({ headers }, client: Socket) => {
    client.on('error', () => undefined);
    shown.push(headers['proxy-authorization']);
    client.end('HTTP/1.1 502 Refused\r\ncontent-length: 0\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    address: `127.0.0.1:${port}`,
    shown,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
