import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** An upstream that remembers each request that it had whole, and says `ok` unless told otherwise. */
export async function recordingUpstream(answer: RequestListener = (_, to) => void to.end('ok')) {
  const seen: SeenRequest[] = [];
  const take = async (...exchange: Parameters<RequestListener>): Promise<void> => {
    seen.push(await record(exchange[0]));
    answer(...exchange);
  };
  const server = createServer((...exchange) => void take(...exchange));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function record(request: IncomingMessage): Promise<SeenRequest> {
  const { method, url, rawHeaders } = request;
  return { method, url, rawHeaders, body: (await buffer(request)).toString('latin1') };
}
