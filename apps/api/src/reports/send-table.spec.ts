import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { GatewayError } from '@app/errors';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendTable } from './send-table.js';
import type { TableRow } from './table-text.js';

let app: FastifyInstance;
let source: () => AsyncGenerator<readonly TableRow[]>;
let url: string;
beforeEach(async () => {
  app = fastify();
  app.get('/', async (_, reply) => {
    await sendTable(reply, { format: 'ndjson', name: 'rows', columns: ['id'], batches: source() });
  });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => await app.close());

async function ask(): Promise<IncomingMessage> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  return response;
}

describe('a table that is sent', () => {
  it('is a file with all its rows', async () => {
    source = async function* () {
      yield [{ id: 1 }, { id: 2 }];
      yield [{ id: 3 }];
    };

    const response = await ask();

    expect(response.headers).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="rows.ndjson"',
    });
    expect(await text(response)).toBe('{"id":1}\n{"id":2}\n{"id":3}\n');
  });

  it('is empty where nothing matched', async () => {
    source = async function* () {};

    expect(await text(await ask())).toBe('');
  });

  it('is an error with its status when the first rows cannot be read', async () => {
    source = async function* () {
      yield* [];
      throw new GatewayError('SERVICE_UNAVAILABLE', 'no database');
    };

    const response = await ask();
    response.resume();

    expect(response.statusCode).not.toBe(200);
  });

  it('is cut, not ended, when later rows cannot be read', async () => {
    source = async function* () {
      yield [{ id: 1 }];
      throw new Error('database gone');
    };

    const response = await ask();

    expect(response.statusCode).toBe(200);
    await expect(text(response)).rejects.toThrow('aborted');
  });

  it('reads on only as its caller takes it, and stops when the caller has left', async () => {
    let batches = 0;
    let ended = false;
    const megabyte = 'x'.repeat(1_000_000);
    source = async function* () {
      try {
        for (;;) {
          batches += 1;
          yield [{ id: megabyte }];
        }
      } finally {
        ended = true;
      }
    };

    const response = await ask();
    response.pause();
    let seen = 0;
    // What sockets hold is some megabytes; then nothing more is read.
    await expect
      .poll(
        () => {
          const same = batches === seen && batches > 0;
          seen = batches;
          return same;
        },
        { interval: 200 },
      )
      .toBe(true);
    expect(batches).toBeLessThan(100);

    response.destroy();
    await expect.poll(() => ended).toBe(true);
  });
});
