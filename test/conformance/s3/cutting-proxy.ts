import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Cutting {
  /** So many connections are cut; what comes after passes. */
  readonly cuts: number;
  /** Bytes of all requests together that pass before the first cut; each cut starts the count anew. */
  readonly afterBytes?: number;
  /** The same of the answers. */
  readonly afterAnswered?: number;
}

export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  readonly cuts: () => number;
}

/** A line to a server on loopback that is reset in the middle. */
export async function cuttingProxy(port: number, cutting: Cutting): Promise<CuttingProxy> {
  const { cuts: wanted, afterBytes = Infinity, afterAnswered = Infinity } = cutting;
  const sockets = new Set<Socket>();
  const passed = { asked: 0, answered: 0 };
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          near.destroy();
          far.destroy();
        });
    }
    const cutWhen = (isOver: boolean): void => {
      if (!isOver || cuts >= wanted) return;
      cuts += 1;
      passed.asked = 0;
      passed.answered = 0;
      near.resetAndDestroy();
      far.destroy();
    };
    near.on('data', (chunk) => {
      far.write(chunk);
      passed.asked += chunk.length;
      cutWhen(passed.asked > afterBytes);
    });
    far.on('data', (chunk) => {
      near.write(chunk);
      passed.answered += chunk.length;
      cutWhen(passed.answered > afterAnswered);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    cuts: () => cuts,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
