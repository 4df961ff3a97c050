import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * A port of 127.0.0.1 that nothing listens on at this moment.
 * @returns {Promise<number>}
 */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No TCP address was bound');
  return address.port;
}

/**
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<'free' | 'taken' | 'no such address'>}
 */
export const portState = (port, host = '127.0.0.1') =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      const state = BIND_ERRORS[error.code ?? ''];
      if (state) resolve(state);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve('free')));
  });

/** @type {Record<string, 'taken' | 'no such address'>} */
const BIND_ERRORS = {
  EADDRINUSE: 'taken',
  EACCES: 'taken',
  EADDRNOTAVAIL: 'no such address',
  ENOTFOUND: 'no such address',
};

/**
 * The port kept in a file where it is still free, else another one, kept there for the next time:
 * addresses that a user wrote down stay true from start to start.
 * @param {string} file
 * @returns {Promise<number>}
 */
export async function rememberedPort(file) {
  const before = readPort(file);
  if (before && (await portState(before)) === 'free') return before;
  const port = await freePort();
  writeFileSync(file, `${port}\n`);
  return port;
}

/**
 * @param {string} file
 * @returns {number | undefined}
 */
export function readPort(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined; // the first start
  }
}
