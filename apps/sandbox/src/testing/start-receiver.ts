import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A webhook as it arrived. */
export interface Call {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Listens until it was called `count` times; `statuses` are the answers to the first calls, 200 to the others. */
export async function startReceiver(
  count: number,
  statuses: readonly number[] = [],
): Promise<{ url: string; calls: Promise<readonly Call[]> }> {
  const calls: Call[] = [];
  const all = Promise.withResolvers<readonly Call[]>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.statusCode = statuses[calls.length - 1] ?? 200;
      response.end();
      if (calls.length === count) all.resolve(calls);
    });
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', () => listening.resolve());
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, calls: all.promise };
}
