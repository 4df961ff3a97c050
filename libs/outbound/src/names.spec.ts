import { text } from 'node:stream/consumers';
import type { Answer } from 'dns-packet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OpenSocket } from './connection.js';
import { openDirectSocket } from './direct-socket.js';
import { DnsResolver } from './dns-resolver.js';
import type { DoorRequest } from './door.js';
import { GuardedDoor } from './guarded-door.js';
import { parseNetworks } from './networks.js';
import { PUBLIC_ONLY, tenantPolicy } from './tenant-policy.js';
import { httpServer } from './testing/loopback-server.js';
import { nameServer, type Question, records, type Reply } from './testing/name-server.js';
import { noSocket } from './testing/no-socket.js';
import { judgeUrlText } from './url-verdict.js';

const NAME = 'hooks.example.com';
const PUBLIC = '1.1.1.1';
const CLOCKS = { connectMs: 5_000, headersMs: 5_000, idleMs: 5_000, totalMs: 5_000 };

const doors: GuardedDoor[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(doors.splice(0).map(async (door) => await door.close()));
});

const post = (port = 80, name = NAME): DoorRequest => ({
  url: `http://${name}:${port}/hook`,
  method: 'POST',
  body: '{}',
  addressClass: { kind: 'tenant' },
  timeouts: CLOCKS,
});

const ownAddress = async () => await Promise.resolve([PUBLIC, '8.8.4.4']);
const loopback = async () => await Promise.resolve(['127.0.0.1']);

/** A door that asks this name server; `blocked` ends once it has its answer and time has passed. */
function openDoor(server: { readonly address: string }, openSocket: OpenSocket = noSocket()) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const dns = new DnsResolver({ servers: [server.address] });
  const resolve = vi.fn(dns.resolve);
  const door = new GuardedDoor({ tenants: PUBLIC_ONLY, resolve, openSocket });
  doors.push(door);
  const blocked = async (request = post()) => {
    const failure = door.request(request).then(
      () => 'answered',
      (error: unknown) => error,
    );
    await vi.waitUntil(() => resolve.mock.settledResults.at(-1)?.type === 'fulfilled', PATIENTLY);
    await vi.advanceTimersByTimeAsync(CLOCKS.connectMs);
    return await failure;
  };
  return { door, blocked, openSocket };
}

/** Stands for the public internet: whatever is dialled there, this local server answers. */
const publicInternet = (port: number) =>
  vi.fn<OpenSocket>(async (target, abandoned) => {
    const { socket } = await openDirectSocket(
      { ...target, addresses: ['127.0.0.1'], port },
      abandoned,
    );
    return { socket, address: target.addresses[0] ?? '' };
  });

/** A busy machine may take a while; the clocks under test have longer. */
const PATIENTLY = { timeout: 4_000 };

const cname = (name: string, data: string): Answer => ({ type: 'CNAME', name, ttl: 0, data });

const FORBIDDEN: readonly (readonly [number, string, readonly string[]])[] = [
  [96, 'loopback', ['127.0.0.1']],
  [97, 'the metadata service', ['169.254.169.254']],
  [98, 'IPv4 mapped into IPv6', ['::ffff:7f00:1']],
  [99, 'IPv4 behind NAT64', ['64:ff9b::a9fe:a9fe']],
  [100, 'public and private IPv4', [PUBLIC, '10.0.0.1']],
  [101, 'public IPv4 and private IPv6', [PUBLIC, 'fd00::1']],
  [105, '200 addresses', Array.from({ length: 200 }, (_, n) => `1.1.1.${n}`)],
];

describe('a tenant’s name', () => {
  it.each(FORBIDDEN)(
    'case %i is not dialled: it leads to %s',
    async (_number, _what, addresses) => {
      await using server = await nameServer((question) => records(question, addresses));
      const { blocked, openSocket } = openDoor(server);

      expect(judgeUrlText(post().url, PUBLIC_ONLY)).toMatchObject({ allowed: true });
      expect(await blocked()).toMatchObject({
        kind: 'connect',
        reason: 'blocked',
        requestSent: false,
        trace: { remoteAddress: null, timings: { connectMs: null } },
      });
      expect(openSocket).not.toHaveBeenCalled();
    },
  );

  it('case 95 is not dialled: it leads to the gateway’s own public address', async () => {
    const openSocket = noSocket();
    const own = tenantPolicy({
      allowedNetworks: '',
      ownPorts: [],
      publicUrl: 'http://8.8.4.4:8000',
    });
    const door = new GuardedDoor({ tenants: own, resolve: ownAddress, openSocket });
    doors.push(door);

    const timeouts = { ...CLOCKS, connectMs: 20 };
    await expect(door.request({ ...post(), timeouts })).rejects.toMatchObject({
      reason: 'blocked',
    });
    expect(openSocket).not.toHaveBeenCalled();
  });

  it('case 102 is not dialled: other names lead to a private address', async () => {
    await using server = await nameServer((question) => [
      cname(NAME, 'a.example.net'),
      cname('a.example.net', 'b.example.net'),
      ...records({ ...question, name: 'b.example.net' }, ['10.0.0.1']),
    ]);
    const { blocked, openSocket } = openDoor(server);

    expect(await blocked()).toMatchObject({ reason: 'blocked' });
    expect(openSocket).not.toHaveBeenCalled();
  });

  it.each<[string, (question: Question) => Reply]>([
    [
      '103: its chain of names is a loop',
      () => [cname(NAME, 'a.example.net'), cname('a.example.net', NAME)],
    ],
    ['104: it does not exist', () => 'no-such-name'],
    ['104: its server fails', () => 'server-failure'],
    [
      '104: its server fails for one kind',
      (asked) => (asked.type === 'A' ? records(asked, [PUBLIC]) : 'server-failure'),
    ],
  ])('case %s, which is told and may be tried again', async (_what, script) => {
    await using server = await nameServer(script);
    const { door, openSocket } = openDoor(server);

    await expect(door.request(post())).rejects.toMatchObject({
      kind: 'unresolved',
      reason: 'unresolved',
      requestSent: false,
    });
    expect(openSocket).not.toHaveBeenCalled();
  });

  it('case 104: is given up when the time to connect is over and its server is silent', async () => {
    await using server = await nameServer(() => 'silence');
    const { door, openSocket } = openDoor(server);

    const answer = door.request(post());
    await vi.waitUntil(() => server.asked.length > 0, PATIENTLY);
    vi.advanceTimersByTime(CLOCKS.connectMs);

    await expect(answer).rejects.toMatchObject({ kind: 'unresolved', requestSent: false });
    expect(openSocket).not.toHaveBeenCalled();
  });

  it('case 106: is dialled at the address of its first answer, and asked for once', async () => {
    await using receiver = await httpServer((_request, response) => response.end('ok'));
    const answers = [[PUBLIC], ['127.0.0.1']];
    await using server = await nameServer((asked) =>
      asked.type === 'A' ? records(asked, answers.shift() ?? []) : [],
    );
    const openSocket = publicInternet(receiver.port);
    const { door } = openDoor(server, openSocket);

    const answer = await door.request(post());

    expect(await text(answer.body)).toBe('ok');
    expect(answer.trace.remoteAddress).toBe(PUBLIC);
    expect(openSocket).toHaveBeenCalledExactlyOnceWith(
      { host: NAME, addresses: [PUBLIC], port: 80 },
      expect.anything(),
    );
    expect(answers).toHaveLength(1);
  });

  it('case 107: is refused when it is re-pointed after the URL was taken, and between two attempts', async () => {
    await using receiver = await httpServer((_request, response) =>
      response.setHeader('connection', 'close').end('ok'),
    );
    const answers = [['169.254.169.254'], [PUBLIC], ['10.0.0.1']];
    await using server = await nameServer((asked) =>
      asked.type === 'A' ? records(asked, answers.shift() ?? []) : [],
    );
    const { door, blocked, openSocket } = openDoor(server, publicInternet(receiver.port));
    expect(judgeUrlText(post().url, PUBLIC_ONLY)).toMatchObject({ allowed: true });

    expect(await blocked()).toMatchObject({ reason: 'blocked' });
    expect(await text((await door.request(post())).body)).toBe('ok');
    expect(await blocked()).toMatchObject({ reason: 'blocked' });
    expect(openSocket).toHaveBeenCalledOnce();
  });

  it('case 108: is not carried over a kept connection when it is re-pointed', async () => {
    await using receiver = await httpServer((_request, response) => response.end('ok'));
    const answers = [[PUBLIC], [PUBLIC], ['127.0.0.1'], ['9.9.9.9']];
    await using server = await nameServer((asked) =>
      asked.type === 'A' ? records(asked, answers.shift() ?? []) : [],
    );
    const openSocket = publicInternet(receiver.port);
    const { door, blocked } = openDoor(server, openSocket);

    const first = await door.request(post());
    await text(first.body);
    await new Promise((done) => setImmediate(done));
    const second = await door.request(post());
    await text(second.body);
    expect(await blocked()).toMatchObject({ reason: 'blocked' });
    await text((await door.request(post())).body);

    expect(openSocket.mock.calls.map(([target]) => target.addresses)).toEqual([
      [PUBLIC],
      ['9.9.9.9'],
    ]);
    expect(second.trace).toMatchObject({ remoteAddress: PUBLIC, timings: { connectMs: null } });
  });

  it('case 110: is resolved where it is as long as a name may be', async () => {
    const longest = `${`${'a'.repeat(63)}.`.repeat(3)}${'b'.repeat(57)}.com`;
    expect(longest).toHaveLength(253);
    await using server = await nameServer((asked) => records(asked, ['10.0.0.1']));
    const { blocked } = openDoor(server);

    expect(await blocked(post(80, longest))).toMatchObject({ reason: 'blocked' });
    expect(server.asked[0]?.name).toBe(longest);
  });

  it('case 154: is asked for as it is, without search domains', async () => {
    await using server = await nameServer(() => 'no-such-name');
    const { door } = openDoor(server);

    const answer = door.request(post(80, 'kubernetes.default'));

    await expect(answer).rejects.toMatchObject({ kind: 'unresolved' });
    expect(new Set(server.asked.map(({ name }) => name))).toEqual(new Set(['kubernetes.default']));
  });

  it('is asked of the name servers that the operator names', async () => {
    await using server = await nameServer(() => 'no-such-name');
    const door = new GuardedDoor({ tenants: PUBLIC_ONLY, dnsServers: [server.address] });
    doors.push(door);
    const url = `http://${NAME}/`;

    const answers = ['tenant', 'vendor-answer'].map(async (kind) => {
      const addressClass =
        kind === 'tenant'
          ? ({ kind } as const)
          : ({ kind: 'vendor-answer', trustedBaseUrl: 'http://vendor.example' } as const);
      return await door.request({ url, method: 'GET', addressClass, timeouts: CLOCKS });
    });

    for (const answer of answers) {
      await expect(answer).rejects.toMatchObject({ kind: 'unresolved' });
    }
    expect(server.asked.length).toBeGreaterThanOrEqual(4);
  });

  it('is told plainly where all its addresses are in networks that the operator opened', async () => {
    const tenants = {
      ...PUBLIC_ONLY,
      allowedNetworks: parseNetworks('127.0.0.0/8'),
      ownPorts: [8000],
    };
    const openSocket = noSocket();
    const door = new GuardedDoor({ tenants, resolve: loopback, openSocket });
    doors.push(door);

    await expect(door.request(post(8000, '127.0.0.1.nip.io'))).rejects.toMatchObject({
      kind: 'refused-address',
      reason: 'blocked',
    });
    expect(openSocket).not.toHaveBeenCalled();
    await expect(door.request(post(9000, '127.0.0.1.nip.io'))).rejects.toMatchObject({
      kind: 'connect',
      reason: 'closed',
    });
  });
});
