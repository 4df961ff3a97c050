import { type AddressInfo, createServer } from 'node:net';

/** An upstream that says these very bytes to each request, then closes. */
export async function rawAnswer(bytes: string) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes, 'latin1'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: async () => await new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}
