import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Writable } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { open } from './testing/call.js';
import { deferred } from './testing/deferred.js';
import { stand, type Stand } from './testing/stand.js';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const MIB = 1024 * 1024;
const WHOLE = 64 * MIB;
/** Four buffers of the system stand between the two ends, and grow as they like; the gateway holds next to nothing. */
const MOST_UNDER_WAY = 40 * MIB;

it('a caller uploads no faster than the upstream reads, and everything arrives', async () => {
  const arrived = deferred<IncomingMessage>();
  const { front } = await standing((request, response) => {
    arrived.resolve(request);
    request.once('end', () => response.end('ok'));
  });
  const headers = { 'content-type': 'application/octet-stream', 'content-length': WHOLE };
  const { request, answer } = open(`${front.url}/v1/files`, { method: 'POST', headers });
  const given = giveAll(request);
  const upstream = await arrived.promise;

  await stalled(given);
  expect(given.bytes).toBeLessThan(MOST_UNDER_WAY);

  expect((await buffer(upstream)).length).toBe(WHOLE);
  expect((await answer).statusCode).toBe(200);
});

it('an upstream answers no faster than the caller reads, and everything arrives', async () => {
  const arrived = deferred<ServerResponse>();
  const { front } = await standing((_, response) => {
    response.writeHead(200, { 'content-length': WHOLE });
    arrived.resolve(response);
  });
  const { request, answer } = open(`${front.url}/v1/files/f/content`);
  request.end();
  const given = giveAll(await arrived.promise);
  const head = await answer;

  await stalled(given);
  expect(given.bytes).toBeLessThan(MOST_UNDER_WAY);

  expect((await buffer(head)).length).toBe(WHOLE);
});

interface Given {
  /** Handed over and taken, as far as the other side is known to take it. */
  bytes: number;
}

/** Gives everything that there is, as fast as it is taken. */
function giveAll(to: Writable): Given {
  const given = { bytes: 0 };
  const piece = Buffer.alloc(MIB);
  const more = (): void => {
    while (given.bytes < WHOLE) {
      given.bytes += piece.length;
      if (!to.write(piece)) return void to.once('drain', more);
    }
    to.end();
  };
  more();
  return given;
}

/** Resolves when nothing more is taken. */
async function stalled(given: Given): Promise<void> {
  let before = -1;
  await vi.waitUntil(
    () => {
      const isSame = given.bytes === before;
      before = given.bytes;
      return isSame;
    },
    { interval: 200, timeout: 20_000 },
  );
}

async function standing(listener: Parameters<typeof stand>[0]): Promise<Stand> {
  const one = await stand(listener, { maxBodyBytes: 2 * WHOLE });
  cleanUps.push(() => one.close());
  return one;
}
