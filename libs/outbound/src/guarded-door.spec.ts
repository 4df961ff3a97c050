import { once } from 'node:events';
import { type ServerResponse, setGlobalProxyFromEnv } from 'node:http';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DoorRequest, DoorTimeouts } from './door.js';
import { GuardedDoor, type GuardedDoorOptions } from './guarded-door.js';
import { parseNetworks } from './networks.js';
import { PUBLIC_ONLY } from './tenant-policy.js';
import { closedPort, httpServer, tcpServer } from './testing/loopback-server.js';

const PATIENT: DoorTimeouts = { connectMs: 5000, headersMs: 5000, idleMs: 5000, totalMs: 5000 };
const LOOPBACK = { ...PUBLIC_ONLY, allowedNetworks: parseNetworks('127.0.0.0/8') };

const OPERATOR = { kind: 'operator' } as const;
const TENANT = { kind: 'tenant' } as const;

const never = async (): Promise<never> => await new Promise<never>(() => undefined);

const forbidden = async () => await Promise.resolve(['10.0.0.1']);

const doors: GuardedDoor[] = [];
function openDoor(options: GuardedDoorOptions = { tenants: LOOPBACK }): GuardedDoor {
  const door = new GuardedDoor(options);
  doors.push(door);
  return door;
}

afterEach(async () => {
  await Promise.all(doors.splice(0).map(async (door) => await door.close()));
});

function get(url: string, more: Partial<DoorRequest> = {}): DoorRequest {
  return { url, method: 'GET', addressClass: { kind: 'operator' }, timeouts: PATIENT, ...more };
}

describe('GuardedDoor', () => {
  it('sends method, path, headers and body, and gives status, headers and body', async () => {
    await using server = await httpServer((request, response) => {
      void text(request).then((body) =>
        response
          .writeHead(201, { 'X-Seen': [`${request.method} ${request.url}`, body] })
          .end(request.headers['x-key']),
      );
    });

    const answer = await openDoor().request(
      get(`${server.url}/a?b=c`, { method: 'POST', headers: { 'X-Key': 'k' }, body: 'hello' }),
    );

    expect(answer.status).toBe(201);
    expect(answer.headers['x-seen']).toEqual(['POST /a?b=c', 'hello']);
    expect(await text(answer.body)).toBe('k');
  });

  it('streams a body out', async () => {
    await using server = await httpServer((request, response) => void request.pipe(response));

    const body = Readable.from([Buffer.from('one '), Buffer.from('two')]);
    const answer = await openDoor().request(get(server.url, { method: 'PUT', body }));

    expect(await text(answer.body)).toBe('one two');
  });

  it('case 150: writes its own host and connection headers, whatever the caller says', async () => {
    await using server = await httpServer((request, response) =>
      response.end(JSON.stringify(request.headers)),
    );

    const headers = {
      Host: 'metadata.google.internal',
      Connection: 'upgrade',
      Upgrade: 'h2c',
      'Content-Length': '99',
      'Transfer-Encoding': 'chunked',
      Expect: '100-continue',
      TE: 'trailers',
      Trailer: 'x-late',
      'Proxy-Authorization': 'Basic Z2F0ZTo=',
    };
    const answer = await openDoor().request(
      get(server.url, { method: 'POST', headers, body: 'x' }),
    );

    expect(JSON.parse(await text(answer.body))).toEqual({
      host: `127.0.0.1:${server.port}`,
      'content-length': '1',
      connection: 'keep-alive',
    });
  });

  it('case 144: leaves a compressed answer compressed', async () => {
    const packed = gzipSync('x'.repeat(10_000));
    await using server = await httpServer((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    );

    const answer = await openDoor().request(get(server.url));

    expect(await buffer(answer.body)).toEqual(packed);
  });

  it('uses a connection again, also for another request of the same vetted name', async () => {
    await using server = await httpServer((_request, response) => response.end('ok'));
    const door = openDoor();

    for (const path of ['/1', '/2', '/3', '/4', '/5']) {
      await text((await door.request(get(`${server.url}${path}`))).body);
    }

    // A connection is free one turn of the event loop after its answer's end, hence not one.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('cases 151 and 152: ignores proxies of the environment, also where Node obeys them', async () => {
    await using server = await httpServer((_request, response) => response.end('direct'));
    const proxy = `http://127.0.0.1:${await closedPort()}`;
    const environment = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NO_PROXY: '' };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    // What --use-env-proxy and NODE_USE_ENV_PROXY do when a process starts.
    const restore = setGlobalProxyFromEnv(environment);

    const answers = await Promise.all(
      [OPERATOR, TENANT].map(async (addressClass) => {
        const { body } = await openDoor().request(get(server.url, { addressClass }));
        return await text(body);
      }),
    ).finally(() => {
      restore();
      vi.unstubAllEnvs();
    });

    expect(answers).toEqual(['direct', 'direct']);
  });
});

describe('GuardedDoor, on addresses', () => {
  it('dials what was vetted, with the name in Host', async () => {
    await using server = await httpServer((request, response) =>
      response.end(request.headers.host),
    );
    const asked: string[] = [];
    const door = openDoor({
      tenants: LOOPBACK,
      resolve: async (name) => {
        asked.push(name);
        return await Promise.resolve(['127.0.0.1']);
      },
    });

    const url = `http://hooks.example.com:${server.port}/`;
    const answer = await door.request(get(url, { addressClass: { kind: 'tenant' } }));

    expect(await text(answer.body)).toBe(`hooks.example.com:${server.port}`);
    expect(asked).toEqual(['hooks.example.com.']);
  });

  it('tries the next vetted address when the first is closed', async () => {
    await using server = await httpServer((_request, response) => response.end('second'));
    const door = openDoor({
      tenants: LOOPBACK,
      resolve: async () => await Promise.resolve(['127.0.0.2', '127.0.0.1']),
    });

    const answer = await door.request(get(`http://vendor:${server.port}/`));

    expect(await text(answer.body)).toBe('second');
  });

  it('names the host, not the address, in the TLS greeting', async () => {
    const greeting: string[] = [];
    await using server = await tcpServer((socket) => {
      socket.once('data', (bytes) => {
        greeting.push(bytes.toString('latin1'));
        socket.end();
      });
    });
    const door = openDoor({
      tenants: LOOPBACK,
      resolve: async () => await Promise.resolve(['127.0.0.1']),
    });

    const answer = door.request(get(`https://vendor.example:${server.port}/`));

    await expect(answer).rejects.toMatchObject({ kind: 'connect', requestSent: false });
    expect(greeting.join('')).toContain('vendor.example');
  });
});

describe('GuardedDoor, when it goes wrong', () => {
  it('knows that nothing was sent to a closed port', async () => {
    const answer = openDoor().request(get(`http://127.0.0.1:${await closedPort()}/`));

    await expect(answer).rejects.toMatchObject({
      kind: 'connect',
      requestSent: false,
      message: 'No connection to 127.0.0.1 (ECONNREFUSED).',
    });
  });

  it('knows that nothing was sent when TLS could not be agreed', async () => {
    await using server = await httpServer((_request, response) => response.end());

    const answer = openDoor().request(get(`https://127.0.0.1:${server.port}/`));

    await expect(answer).rejects.toMatchObject({ kind: 'connect', requestSent: false });
  });

  it('knows that nothing was sent when a header could not be', async () => {
    await using server = await httpServer((_request, response) => response.end());

    const answer = openDoor().request(get(server.url, { headers: { 'x-a': 'b\r\nx-c: d' } }));

    await expect(answer).rejects.toMatchObject({ kind: 'connect', requestSent: false });
  });

  it('says that a request may have arrived when the server reads it and resets', async () => {
    await using server = await tcpServer((socket) =>
      socket.once('data', () => socket.resetAndDestroy()),
    );

    const answer = openDoor().request(get(server.url, { method: 'POST', body: 'pay' }));

    await expect(answer).rejects.toMatchObject({ kind: 'reset', requestSent: true });
  });

  it('says that a request may have arrived when a kept connection turns out to be dead', async () => {
    let requests = 0;
    await using server = await tcpServer((socket) =>
      socket.on('data', () => {
        requests += 1;
        if (requests > 1) return socket.resetAndDestroy();
        return socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      }),
    );
    const door = openDoor();
    await text((await door.request(get(server.url, { method: 'POST', body: '1' }))).body);

    const second = door.request(get(server.url, { method: 'POST', body: '2' }));

    await expect(second).rejects.toMatchObject({ kind: 'reset', requestSent: true });
    expect(requests).toBe(2);
  });

  it('case 148: fails the body of an answer that ends too early', async () => {
    await using server = await tcpServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf')),
    );

    const answer = await openDoor().request(get(server.url));

    await expect(text(answer.body)).rejects.toMatchObject({ kind: 'reset', requestSent: true });
  });

  it('case 140: stops reading after maxBytes, whatever the headers promise', async () => {
    const endless = new Readable({ read: () => endless.push(Buffer.alloc(65_536)) });
    await using server = await httpServer((_request, response) => void endless.pipe(response));

    const answer = await openDoor().request(get(server.url, { maxBytes: 1_000_000 }));

    await expect(buffer(answer.body)).rejects.toMatchObject({
      kind: 'too-large',
      requestSent: true,
    });
    endless.destroy();
  });

  it('reads exactly maxBytes', async () => {
    await using server = await httpServer((_request, response) => response.end('12345'));

    const answer = await openDoor().request(get(server.url, { maxBytes: 5 }));

    expect(await text(answer.body)).toBe('12345');
  });

  it('tells our own abort, before and after the request was sent', async () => {
    await using server = await httpServer(() => controller.abort());
    const controller = new AbortController();

    const before = openDoor().request(get(server.url, { signal: AbortSignal.abort() }));
    await expect(before).rejects.toMatchObject({ kind: 'aborted', requestSent: false });

    const after = openDoor().request(get(server.url, { signal: controller.signal }));
    await expect(after).rejects.toMatchObject({ kind: 'aborted', requestSent: true });
  });

  it('lets go of the connection when the reader stops early', async () => {
    const responses: ServerResponse[] = [];
    await using server = await httpServer((_request, response) => {
      responses.push(response);
      response.write('first');
    });

    const answer = await openDoor().request(get(server.url));
    await once(answer.body, 'readable');
    const closed = responses.map(async (response) => {
      await once(response, 'close');
    });
    answer.body.destroy();

    await expect(Promise.all(closed)).resolves.toHaveLength(1);
  });

  it('ends what waits for a name or a connection when it is closed', async () => {
    for (const resolve of [never, forbidden]) {
      const door = openDoor({ tenants: LOOPBACK, resolve });
      const answer = door.request(get('http://hooks.example.com/', { addressClass: TENANT }));

      await door.close();

      await expect(answer).rejects.toMatchObject({ kind: 'aborted', requestSent: false });
    }
  });

  it('ends what is under way when it is closed', async () => {
    await using server = await httpServer((_request, response) => void response.write('first'));
    const door = openDoor();
    const answer = await door.request(get(server.url));

    await door.close();

    await expect(text(answer.body)).rejects.toMatchObject({ kind: 'aborted', requestSent: true });
  });
});

describe('GuardedDoor, by the clock', () => {
  it('gives a name no more time than the connection', async () => {
    const door = openDoor({ tenants: LOOPBACK, resolve: never });

    const answer = door.request(get('http://vendor/', { timeouts: { ...PATIENT, connectMs: 20 } }));

    await expect(answer).rejects.toMatchObject({
      kind: 'unresolved',
      reason: 'unresolved',
      requestSent: false,
      message: 'The name vendor could not be resolved. No connection within 20 ms.',
    });
  });

  it('gives up a TLS greeting that is never answered, and nothing was sent', async () => {
    await using server = await tcpServer(() => undefined);

    const timeouts = { ...PATIENT, connectMs: 50 };
    const answer = openDoor().request(get(`https://127.0.0.1:${server.port}/`, { timeouts }));

    await expect(answer).rejects.toMatchObject({ kind: 'timeout', requestSent: false });
  });

  it.each([{ headersMs: 50 }, { totalMs: 50 }])(
    'case 142: gives up a server that reads and never answers: %j',
    async (clock) => {
      await using server = await httpServer(() => undefined);

      const answer = openDoor().request(get(server.url, { timeouts: { ...PATIENT, ...clock } }));

      await expect(answer).rejects.toMatchObject({ kind: 'timeout', requestSent: true });
    },
  );

  it('fails a body that falls silent', async () => {
    await using server = await httpServer((_request, response) => void response.write('first'));

    const answer = await openDoor().request(
      get(server.url, { timeouts: { ...PATIENT, idleMs: 50 } }),
    );

    await expect(text(answer.body)).rejects.toMatchObject({
      kind: 'timeout',
      message: 'The answer fell silent for 50 ms.',
    });
  });

  it('case 141: fails a body that drips for ever when the whole time is up', async () => {
    await using server = await httpServer((_request, response) => {
      const drip = setInterval(() => response.write('.'), 5);
      response.on('close', () => clearInterval(drip));
    });

    const answer = await openDoor().request(
      get(server.url, { timeouts: { ...PATIENT, totalMs: 100 } }),
    );

    await expect(text(answer.body)).rejects.toMatchObject({ kind: 'timeout', requestSent: true });
  });

  it('takes no clock of zero', async () => {
    const answer = openDoor().request(
      get('http://vendor/', { timeouts: { ...PATIENT, idleMs: 0 } }),
    );

    await expect(answer).rejects.toThrow('idleMs is 0; it takes milliseconds above 0');
  });
});
