import { once } from 'node:events';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import tls, { createServer as createTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OpenSocket } from './connection.js';
import { openDirectSocket } from './direct-socket.js';
import type { DoorRequest } from './door.js';
import { GuardedDoor } from './guarded-door.js';
import { parseNetworks } from './networks.js';
import { PUBLIC_ONLY } from './tenant-policy.js';
import { type Certificate, certificateFor } from './testing/certificates.js';
import { httpServer, tcpServer } from './testing/loopback-server.js';

const CLOCKS = { connectMs: 5_000, headersMs: 5_000, idleMs: 5_000, totalMs: 5_000 };
const LOOPBACK = { ...PUBLIC_ONLY, allowedNetworks: parseNetworks('127.0.0.0/8') };

const doors: GuardedDoor[] = [];
afterEach(async () => {
  await Promise.all(doors.splice(0).map(async (door) => await door.close()));
});

const resolve = async () => await Promise.resolve(['127.0.0.1']);

function openDoor(openSocket: OpenSocket = openDirectSocket): GuardedDoor {
  const door = new GuardedDoor({ tenants: LOOPBACK, resolve, openSocket });
  doors.push(door);
  return door;
}

const post = (url: string, more: Partial<DoorRequest> = {}): DoorRequest => ({
  url,
  method: 'POST',
  body: '{}',
  addressClass: { kind: 'tenant' },
  timeouts: CLOCKS,
  ...more,
});

/** A server that answers every request with these bytes, and then stays as it is. */
const answering = async (...pieces: readonly string[]) =>
  await tcpServer((socket) =>
    socket.once('data', () => {
      for (const piece of pieces) socket.write(piece);
    }),
  );

const HEAD = 'HTTP/1.1 200 OK\r\n';

describe('redirects', () => {
  it.each([
    [133, 'http://169.254.169.254/latest/meta-data/'],
    [134, 'http://localhost/'],
    [135, 'ftp://example.com/'],
    [136, 'https://hooks.example.com/next'],
    [139, '//127.0.0.1/'],
  ])('case %i: %s is given on and not followed', async (_number, location) => {
    await using server = await httpServer((_request, response) =>
      response.writeHead(307, { location }).end(),
    );
    const openSocket = vi.fn(openDirectSocket);

    const answer = await openDoor(openSocket).request(post(server.url));
    await text(answer.body);

    expect(answer).toMatchObject({ status: 307, headers: { location } });
    expect(openSocket).toHaveBeenCalledOnce();
  });

  it.each([301, 302, 303, 307, 308])(
    'cases 133 and 137: a %i has the body sent nowhere else',
    async (status) => {
      const bodies: string[] = [];
      await using elsewhere = await httpServer((_request, response) => response.end());
      await using server = await httpServer((request, response) => {
        void text(request).then((body) => bodies.push(body));
        request.once('end', () => response.writeHead(status, { location: elsewhere.url }).end());
      });

      const answer = await openDoor().request(post(server.url));
      await text(answer.body);

      expect(answer.status).toBe(status);
      expect(bodies).toEqual(['{}']);
      expect(elsewhere.connections()).toBe(0);
    },
  );

  it('case 138: a Refresh header and a page that refreshes itself are bytes like any other', async () => {
    const page = '<meta http-equiv="refresh" content="0; url=http://127.0.0.1/">';
    await using server = await httpServer((_request, response) =>
      response.writeHead(200, { refresh: '0; url=http://127.0.0.1/' }).end(page),
    );
    const openSocket = vi.fn(openDirectSocket);

    const answer = await openDoor(openSocket).request(post(server.url));

    expect(await text(answer.body)).toBe(page);
    expect(openSocket).toHaveBeenCalledOnce();
  });
});

describe('answers that are too much', () => {
  it.each([
    ['a megabyte in one header', `x-big: ${'a'.repeat(1_000_000)}\r\n`],
    ['10 000 headers', Array.from({ length: 10_000 }, (_, n) => `x-${n}: ${n}\r\n`).join('')],
    ['300 short headers', Array.from({ length: 300 }, (_, n) => `x-${n}: ${n}\r\n`).join('')],
    ['300 times the same header', 'x-a: b\r\n'.repeat(300)],
  ])('case 143: are cut at %s', async (_what, headers) => {
    await using server = await answering(HEAD, headers, 'content-length: 0\r\n\r\n');

    await expect(openDoor().request(post(server.url))).rejects.toMatchObject({
      kind: 'too-large',
      requestSent: true,
    });
  });

  it('case 143: have room for 200 headers', async () => {
    const headers = Array.from({ length: 200 }, (_, n) => `x-${n}: ${n}\r\n`).join('');
    await using server = await answering(HEAD, headers, 'content-length: 2\r\n\r\nok');

    expect(await text((await openDoor().request(post(server.url))).body)).toBe('ok');
  });

  it('case 147: are cut at many early hints, and a few are passed over', async () => {
    const hint = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
    const end = `${HEAD}content-length: 2\r\n\r\nok`;
    await using polite = await answering(hint, hint, end);
    await using flood = await answering(hint.repeat(100), end);

    expect(await text((await openDoor().request(post(polite.url))).body)).toBe('ok');
    await expect(openDoor().request(post(flood.url))).rejects.toMatchObject({
      kind: 'too-large',
      requestSent: true,
    });
  });

  it('case 147: are cut at the first 100 Continue, which nobody asked for', async () => {
    await using server = await answering('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100));

    await expect(openDoor().request(post(server.url))).rejects.toMatchObject({
      kind: 'reset',
      requestSent: true,
    });
  });
});

describe('answers that are not HTTP', () => {
  it.each([
    ['an invalid status line', 'HTTP/1.1 nonsense\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['two lengths', `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
    ['a length that is none', `${HEAD}content-length: -1\r\n\r\n`],
    [
      'a length and chunks',
      `${HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    ],
    [
      'chunks and a length',
      `${HEAD}transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    ],
    ['a folded header', `${HEAD}x-a: b\r\n c\r\ncontent-length: 0\r\n\r\n`],
    ['a header without a colon', `${HEAD}nonsense\r\n\r\n`],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n'],
  ])('case 149: are a broken exchange: %s', async (_what, answer) => {
    await using server = await answering(answer);

    const failure: unknown = await openDoor()
      .request(post(server.url))
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ kind: 'reset', requestSent: true });
    expect(String(failure)).not.toMatch(/nonsense|OpenSSH|h2c/);
  });

  it('case 148: are a broken exchange where the server closes after its headers', async () => {
    await using server = await tcpServer((socket) =>
      socket.once('data', () => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\n`)),
    );

    const { status, body } = await openDoor().request(post(server.url));

    expect(status).toBe(200);
    await expect(text(body)).rejects.toMatchObject({ kind: 'reset', requestSent: true });
  });
});

/** A TLS server on loopback. */
async function secureServer(certificate: Certificate) {
  const names: unknown[] = [];
  const server = createHttps(certificate, (request, response) => {
    if (request.socket instanceof tls.TLSSocket) names.push(request.socket.servername);
    response.end('secure');
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (host: string) => `https://${host}:${port}/`,
    names,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

describe('TLS', () => {
  const good = certificateFor('hooks.example.com');
  const expired = certificateFor('hooks.example.com', { days: 0 });
  const trusted = tls.getCACertificates('default');

  beforeAll(() => {
    tls.setDefaultCACertificates([...trusted, good.cert, expired.cert]);
  });

  afterAll(() => {
    tls.setDefaultCACertificates(trusted);
  });

  it('goes by the name, though an address is dialled, and tells how long each step took', async () => {
    await using server = await secureServer(good);

    const { body, trace } = await openDoor().request(post(server.url('hooks.example.com')));

    expect(await text(body)).toBe('secure');
    expect(server.names).toEqual(['hooks.example.com']);
    expect(trace).toEqual({
      timings: {
        dnsMs: expect.any(Number),
        connectMs: expect.any(Number),
        tlsMs: expect.any(Number),
        firstByteMs: expect.any(Number),
      },
      remoteAddress: '127.0.0.1',
    });
  });

  it.each([
    ['is for another name', good, 'other.example.com', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['is for a name and the host is an address', good, '127.0.0.1', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['has expired', expired, 'hooks.example.com', 'CERT_HAS_EXPIRED'],
    [
      'is signed by nobody known',
      certificateFor('hooks.example.com'),
      'hooks.example.com',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
  ])('case 146: sends nothing where the certificate %s', async (_what, certificate, host, code) => {
    await using server = await secureServer(certificate);
    const door = openDoor();

    // Twice: what the first attempt left behind must not make the second one trust.
    for (const attempt of [1, 2]) {
      await expect(door.request(post(`${server.url(host)}?${attempt}`))).rejects.toMatchObject({
        kind: 'connect',
        reason: 'tls',
        requestSent: false,
        message: `No TLS connection to ${host} (${code}).`,
        trace: { remoteAddress: '127.0.0.1', timings: { firstByteMs: null } },
      });
    }
    expect(server.names).toEqual([]);
  });

  it('case 145: does not agree on HTTP/2', async () => {
    const offered: Socket[] = [];
    const server = createTls({ ...good, ALPNProtocols: ['h2'] }, (socket) => offered.push(socket));
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const answer = openDoor().request(post(`https://hooks.example.com:${port}/`));

    await expect(answer).rejects.toMatchObject({ kind: 'connect', reason: 'tls' });
    expect(offered).toEqual([]);
    server.close();
  });
});

describe('the trace of a request', () => {
  it('has no times of a connection that was there already', async () => {
    await using server = await httpServer((_request, response) => response.end('ok'));
    const door = openDoor();
    const first = await door.request(post(server.url));
    await text(first.body);
    await new Promise((done) => setImmediate(done));

    const second = await door.request(post(server.url));

    expect(first.trace.timings).toMatchObject({
      dnsMs: null,
      connectMs: expect.any(Number),
      tlsMs: null,
    });
    expect(second.trace).toEqual({
      timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: expect.any(Number) },
      remoteAddress: '127.0.0.1',
    });
  });

  it('tells how far a request came that was never answered', async () => {
    await using server = await tcpServer((socket) => socket.once('data', () => socket.destroy()));

    const answer = openDoor().request(post(server.url.replace('127.0.0.1', 'hooks.example.com')));

    await expect(answer).rejects.toMatchObject({
      kind: 'reset',
      reason: undefined,
      trace: {
        timings: {
          dnsMs: expect.any(Number),
          connectMs: expect.any(Number),
          tlsMs: null,
          firstByteMs: null,
        },
        remoteAddress: '127.0.0.1',
      },
    });
  });

  it('is there, and empty, where the URL’s own text is refused', async () => {
    await expect(openDoor().request(post('http://10.0.0.1/'))).rejects.toMatchObject({
      reason: 'refused-url',
      trace: { timings: { dnsMs: null }, remoteAddress: null },
    });
  });
});

describe('a connection that breaks before it carries anything', () => {
  it('is an attempt that failed, not one to repeat', async () => {
    await using server = await tcpServer(() => undefined);
    const broken = vi.fn<OpenSocket>(async (target, abandoned) => {
      const opened = await openDirectSocket(target, abandoned);
      opened.socket.destroy();
      return opened;
    });

    const answer = openDoor(broken).request(post(server.url));

    await expect(answer).rejects.toMatchObject({ kind: 'connect', requestSent: false });
    expect(broken).toHaveBeenCalledOnce();
  });
});
