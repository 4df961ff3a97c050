import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { answerTo } from './answers.mjs';

/**
 * @typedef {object} Recorded what came in, to the byte
 * @property {string} method
 * @property {string} target
 * @property {string[]} rawHeaders
 * @property {string} body base64
 */

/**
 * An upstream that remembers the last request and answers every path, in pieces that are cut anywhere,
 * compressed where that is asked for.
 * `GET /_last` tells what came last.
 * @param {{ port?: number, seed?: number }} [options]
 */
export async function startStandIn({ port = 0, seed = 1 } = {}) {
  /** @type {Recorded | null} */
  let last = null;
  const random = randomFrom(seed);
  /** @type {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => Promise<void>} */
  const take = async (request, response) => {
    const { method = '', url: target = '', rawHeaders, headers } = request;
    if (target === '/_last') return void response.end(JSON.stringify(last));
    const body = await buffer(request);
    last = { method, target, rawHeaders, body: body.toString('base64') };
    const answer = answerTo({ method, target, headers, body });
    const zips = headers['accept-encoding']?.includes('gzip') && answer.body.length > 0;
    const bytes = zips ? gzipSync(answer.body) : answer.body;
    // Whether the length is told is as random as where the pieces end.
    const length = random() < 0.5 ? { 'content-length': String(bytes.length) } : {};
    response.writeHead(answer.status, {
      ...answer.headers,
      ...(zips && { 'content-encoding': 'gzip' }),
      ...(bytes.length > 0 && length),
    });
    await inPieces(bytes, response, random);
  };
  const server = createServer((...exchange) => void take(...exchange));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('The stand-in has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    /** @returns {Recorded} */
    last: () => {
      if (!last) throw new Error('Nothing has come in yet');
      return last;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * A few pieces for each answer, some of them of one byte, each its own write to the connection.
 * @param {Buffer} bytes
 * @param {import('node:http').ServerResponse} response
 * @param {() => number} random
 */
async function inPieces(bytes, response, random) {
  const cuts = Array.from({ length: 8 }, () => Math.floor(random() * bytes.length));
  const ends = [...cuts, ...cuts.map((at) => at + 1), bytes.length].toSorted((a, b) => a - b);
  let from = 0;
  for (const to of ends) {
    if (to > from) response.write(bytes.subarray(from, to));
    from = Math.max(from, to);
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
}

/**
 * Numbers from 0 to 1 that are the same for the same seed (mulberry32).
 * @param {number} seed
 */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
