import { connect } from 'node:net';

/** One connection below HTTP: what is written goes out as it is, what comes is kept as text. */
export async function rawConnection(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let received = '';
  let heard = NOBODY_LISTENS;
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1');
    heard();
  });
  // A reset is an end as well; what had come before it is there to be looked at.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const until = async (pattern: RegExp): Promise<string> =>
    await new Promise((resolve, reject) => {
      heard = () => {
        if (pattern.test(received)) resolve(received);
      };
      heard();
      void closed.then(() => reject(new Error(`Closed after ${JSON.stringify(received)}`)));
    });
  return {
    socket,
    write: (text: string | Buffer) => void socket.write(text, 'latin1'),
    /** All that came so far, as soon as the pattern is in it. */
    until,
    /** All that ever came, once the other side has closed. */
    all: async (): Promise<string> => {
      await closed;
      return received;
    },
  };
}

const NOBODY_LISTENS = (): void => undefined;
