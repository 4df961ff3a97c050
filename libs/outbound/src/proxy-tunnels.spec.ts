import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { DoorRequest } from './door.js';
import { GuardedDoor } from './guarded-door.js';
import { parseNetworks } from './networks.js';
import { type ForwardProxy, parseForwardProxy } from './proxy-tunnels.js';
import { PUBLIC_ONLY } from './tenant-policy.js';
import { closedPort, httpServer, tcpServer } from './testing/loopback-server.js';
import { noSocket } from './testing/no-socket.js';
import { proxyServer } from './testing/proxy-server.js';

const CLOCKS = { connectMs: 5_000, headersMs: 5_000, idleMs: 5_000, totalMs: 5_000 };
const VENDOR = { kind: 'vendor-answer', trustedBaseUrl: 'https://vendor.example' } as const;

const doors: GuardedDoor[] = [];
afterEach(async () => {
  await Promise.all(doors.splice(0).map(async (door) => await door.close()));
});

/** A door whose names lead to these addresses, and which opens no socket but to its proxy. */
function openDoor(proxy: ForwardProxy, addresses: readonly string[] = ['1.1.1.1']) {
  const openSocket = noSocket();
  const resolve = async () => await Promise.resolve(addresses);
  const tenants = { ...PUBLIC_ONLY, allowedNetworks: parseNetworks('10.1.0.0/16') };
  const door = new GuardedDoor({ tenants, resolve, openSocket, proxy });
  doors.push(door);
  return { door, openSocket };
}

const post = (more: Partial<DoorRequest> = {}): DoorRequest => ({
  url: 'http://hooks.example.com/hook',
  method: 'POST',
  body: '{}',
  addressClass: { kind: 'tenant' },
  timeouts: CLOCKS,
  ...more,
});

describe('a forward proxy', () => {
  it('is asked for a tunnel to the vetted address, which keeps carrying requests', async () => {
    const hosts: (string | undefined)[] = [];
    await using receiver = await httpServer((request, response) => {
      hosts.push(request.headers.host, request.headers['proxy-authorization']);
      response.end('ok');
    });
    await using proxy = await proxyServer(() => receiver);
    const { door, openSocket } = openDoor(
      parseForwardProxy(proxy.origin.replace('http://', 'http://gate:p%40ss@')),
    );

    const first = await door.request(post());
    expect(await text(first.body)).toBe('ok');
    await new Promise((done) => setImmediate(done));
    const second = await door.request(post());
    expect(await text(second.body)).toBe('ok');

    expect(proxy.asked.map(({ authority }) => authority)).toEqual(['1.1.1.1:80']);
    expect(proxy.asked[0]?.headers).toMatchObject({
      host: '1.1.1.1:80',
      'proxy-authorization': `Basic ${Buffer.from('gate:p@ss').toString('base64')}`,
    });
    expect(hosts).toEqual(['hooks.example.com', undefined, 'hooks.example.com', undefined]);
    expect(first.trace).toMatchObject({
      remoteAddress: '1.1.1.1',
      timings: { connectMs: expect.any(Number) },
    });
    expect(second.trace.timings.connectMs).toBeNull();
    expect(openSocket).not.toHaveBeenCalled();
  });

  it('carries the receiver’s own TLS, which greets by the name', async () => {
    const greeting: string[] = [];
    await using receiver = await tcpServer((socket) => {
      socket.once('data', (bytes) => {
        greeting.push(bytes.toString('latin1'));
        socket.end();
      });
    });
    await using proxy = await proxyServer(() => receiver);
    const { door } = openDoor(parseForwardProxy(proxy.origin), ['2606:4700:4700::1111']);

    const answer = door.request(post({ url: 'https://hooks.example.com/' }));

    await expect(answer).rejects.toMatchObject({ kind: 'connect', reason: 'tls' });
    expect(proxy.asked[0]?.authority).toBe('[2606:4700:4700::1111]:443');
    expect(proxy.asked[0]?.headers['proxy-authorization']).toBeUndefined();
    expect(greeting.join('')).toContain('hooks.example.com');
  });

  it('is asked for one address after the other', async () => {
    await using receiver = await httpServer((_request, response) => response.end('ok'));
    await using proxy = await proxyServer((authority) =>
      authority === '9.9.9.9:80' ? receiver : { status: 502 },
    );
    const { door } = openDoor(parseForwardProxy(proxy.origin), ['1.1.1.1', '8.8.8.8', '9.9.9.9']);

    const { body, trace } = await door.request(post());

    expect(await text(body)).toBe('ok');
    expect(trace.remoteAddress).toBe('9.9.9.9');
    expect(proxy.asked).toHaveLength(3);
  });

  it.each([
    ['the operator chose', { url: 'http://vendor/', addressClass: { kind: 'operator' } as const }],
    ['of the vendor itself', { url: 'http://vendor.example/', addressClass: VENDOR }],
    ['of a network that tenants may reach', { url: 'http://10.1.2.3/' }],
  ])('is left out for a host %s', async (_what, request) => {
    await using proxy = await proxyServer(() => ({ status: 500 }));
    const { door, openSocket } = openDoor(parseForwardProxy(proxy.origin));

    await expect(door.request(post(request))).rejects.toMatchObject({ kind: 'connect' });

    expect(openSocket).toHaveBeenCalledOnce();
    expect(proxy.asked).toEqual([]);
  });

  it('case 156: is not even asked for a forbidden address', async () => {
    await using proxy = await proxyServer(() => ({ status: 403 }));
    const { door } = openDoor(parseForwardProxy(proxy.origin), ['1.1.1.1', '169.254.169.254']);

    await expect(door.request(post({ addressClass: VENDOR }))).rejects.toMatchObject({
      kind: 'refused-address',
      reason: 'blocked',
    });
    expect(proxy.asked).toEqual([]);
  });

  it.each([
    [403, 'blocked'],
    [502, 'closed'],
    [503, 'closed'],
    [504, 'filtered'],
  ])('case 156: that answers %i speaks of the receiver: %s', async (status, reason) => {
    await using proxy = await proxyServer(() => ({ status }));
    const { door } = openDoor(parseForwardProxy(proxy.origin));

    await expect(door.request(post({ addressClass: VENDOR }))).rejects.toMatchObject({
      kind: 'connect',
      reason,
      message: `No connection to hooks.example.com: the forward proxy answered ${status}.`,
      requestSent: false,
    });
  });

  it('case 158: has a tenant told no more than a closed port would', async () => {
    await using proxy = await proxyServer(() => ({ status: 403 }));
    const { door } = openDoor(parseForwardProxy(proxy.origin));

    const timeouts = { ...CLOCKS, connectMs: 1_000 };
    const failure: unknown = await door
      .request(post({ timeouts }))
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({
      reason: 'blocked',
      message: 'No connection to hooks.example.com.',
    });
    expect(failure).not.toHaveProperty('cause');
  });

  it.each([407, 400, 500])('that answers %i has failed itself', async (status) => {
    await using proxy = await proxyServer(() => ({ status }));
    const { door } = openDoor(parseForwardProxy(proxy.origin), ['1.1.1.1', '8.8.8.8']);

    await expect(door.request(post())).rejects.toMatchObject({
      kind: 'connect',
      reason: 'proxy',
      message: `The forward proxy answered ${status}.`,
      requestSent: false,
    });
    expect(proxy.asked).toHaveLength(1);
  });

  it('that is out of reach is told apart from the receiver', async () => {
    const { door } = openDoor(parseForwardProxy(`http://127.0.0.1:${await closedPort()}`));

    await expect(door.request(post())).rejects.toMatchObject({
      kind: 'connect',
      reason: 'proxy',
      message: 'The forward proxy could not be reached (ECONNREFUSED).',
      requestSent: false,
    });
  });

  it('that breaks off is told apart from the receiver', async () => {
    await using broken = await tcpServer((socket) => socket.once('data', () => socket.destroy()));
    const { door } = openDoor(parseForwardProxy(`http://127.0.0.1:${broken.port}`));

    await expect(door.request(post())).rejects.toMatchObject({ kind: 'connect', reason: 'proxy' });
    expect(broken.connections()).toBe(1);
  });

  it('that is silent is let go when the time to connect is over', async () => {
    let closed = 0;
    await using silent = await tcpServer((socket) =>
      socket.resume().on('close', () => (closed += 1)),
    );
    const { door } = openDoor(parseForwardProxy(`http://127.0.0.1:${silent.port}`));

    const answer = door.request(post({ timeouts: { ...CLOCKS, connectMs: 100 } }));

    await expect(answer).rejects.toMatchObject({ kind: 'connect', reason: 'filtered' });
    await expect.poll(() => closed, { timeout: 4_000 }).toBe(1);
  });
});

describe('parseForwardProxy', () => {
  it('reads origin and credentials', () => {
    expect(parseForwardProxy('http://proxy.example:3128')).toEqual({
      origin: 'http://proxy.example:3128',
      credentials: null,
    });
    expect(parseForwardProxy('https://gate:s%3Acret@proxy.example/')).toEqual({
      origin: 'https://proxy.example',
      credentials: Buffer.from('gate:s:cret').toString('base64'),
    });
  });

  it.each([
    'proxy.example:3128',
    'socks5://gate:hidden@proxy.example',
    'http://gate:hidden@proxy.example/path',
    'http://gate:hidden@proxy.example/?a=b',
    'http://gate:hidden%ff@proxy.example/',
    '',
  ])('says what is accepted instead of %j, and no password', (url) => {
    let said = '';
    try {
      parseForwardProxy(url);
    } catch (error) {
      said = String(error);
    }

    expect(said).toMatch(/give a URL such as http:\/\/user:password@proxy\.example:3128$/);
    expect(said).not.toContain('hidden');
  });
});
