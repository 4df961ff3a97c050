import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OpenSocket } from './connection.js';
import type { AddressClass, DoorRequest } from './door.js';
import { GuardedDoor } from './guarded-door.js';
import { OutboundError, type UnreachableReason } from './outbound-error.js';
import { PUBLIC_ONLY } from './tenant-policy.js';
import { closedPort, httpServer, tcpServer } from './testing/loopback-server.js';
import { openDirectSocket } from './direct-socket.js';
import { parseNetworks } from './networks.js';
import { unreachable } from './unreachable.js';

const CONNECT_MS = 5_000;

/** What lies behind the name; `abandoned` is where the door lets go of the socket. */
const BEHIND: Readonly<Record<'blocked' | 'closed' | 'filtered', [string, OpenSocket]>> = {
  blocked: [
    '10.0.0.1',
    async () => {
      throw new Error('dialled');
    },
  ],
  closed: [
    '1.1.1.1',
    async ({ host }) => {
      const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      throw unreachable('closed', `No connection to ${host}`, cause);
    },
  ],
  filtered: [
    '1.1.1.1',
    async (_target, abandoned) =>
      await new Promise((_resolve, reject) => {
        abandoned.addEventListener('abort', () => reject(new Error('abandoned')));
      }),
  ],
};

interface Told {
  readonly error: OutboundError;
  readonly afterMs: number;
}

const doors: GuardedDoor[] = [];
const sockets: ReturnType<typeof vi.fn<OpenSocket>>[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(doors.splice(0).map(async (door) => await door.close()));
});

/** What the tenant is told, and when; the clock moves in steps so that the moment is exact. */
async function ask(
  behind: keyof typeof BEHIND,
  more: Partial<DoorRequest> = {},
  addressClass: AddressClass = { kind: 'tenant' },
): Promise<Told> {
  const [address, open] = BEHIND[behind];
  const openSocket = vi.fn(open);
  sockets.push(openSocket);
  const resolve = async () => await Promise.resolve([address]);
  const door = new GuardedDoor({ tenants: PUBLIC_ONLY, resolve, openSocket });
  doors.push(door);
  const timeouts = { connectMs: CONNECT_MS, headersMs: 9_000, idleMs: 9_000, totalMs: 9_000 };
  const startedAt = Date.now();
  const told: Told[] = [];
  door
    .request({ url: 'https://h.example/', method: 'POST', addressClass, timeouts, ...more })
    .catch((error: unknown) => {
      if (!(error instanceof OutboundError)) throw error;
      told.push({ error, afterMs: Date.now() - startedAt });
    });
  await vi.advanceTimersByTimeAsync(0);
  for (let step = 0; told.length === 0 && step < 100; step += 1) {
    await vi.advanceTimersByTimeAsync(100);
  }
  const [first] = told;
  if (!first) throw new Error('Nothing was told');
  return first;
}

describe('what a tenant is told of a host that cannot be reached', () => {
  it('case 158: is the same at the same time, whether it is blocked, closed or filtered', async () => {
    const told = await Promise.all([ask('blocked'), ask('closed'), ask('filtered')]);

    const shown = told.map(({ error, afterMs }) => {
      const { kind, message, requestSent, cause, trace } = error;
      return { kind, message, requestSent, cause, afterMs, remoteAddress: trace?.remoteAddress };
    });
    expect(shown).toEqual(
      Array.from({ length: 3 }, () => ({
        kind: 'connect',
        message: 'No connection to h.example.',
        requestSent: false,
        cause: undefined,
        afterMs: CONNECT_MS,
        remoteAddress: null,
      })),
    );
    expect(told.map(({ error }) => error.trace?.timings.connectMs)).toEqual([null, null, null]);
    expect(told.map(({ error }) => error.reason)).toEqual(['blocked', 'closed', 'filtered']);
  });

  it('comes at the same time too where the whole request has less time', async () => {
    const timeouts = { connectMs: CONNECT_MS, headersMs: 9_000, idleMs: 9_000, totalMs: 2_000 };
    const told = await Promise.all([
      ask('blocked', { timeouts }),
      ask('closed', { timeouts }),
      ask('filtered', { timeouts }),
    ]);

    expect(told.map(({ afterMs }) => afterMs)).toEqual([2_000, 2_000, 2_000]);
    expect(new Set(told.map(({ error }) => `${error.kind} ${error.message}`)).size).toBe(1);
  });

  it('gives way to our own abort', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1_000);

    const { error, afterMs } = await ask('blocked', { signal: controller.signal });

    expect(error.kind).toBe('aborted');
    expect(afterMs).toBe(1_000);
  });
});

describe('what is told of a vendor’s link', () => {
  it.each<['blocked' | 'closed', UnreachableReason, string]>([
    ['blocked', 'blocked', 'refused-address'],
    ['closed', 'closed', 'connect'],
  ])('that is %s is the truth, at once', async (behind, reason, kind) => {
    const vendor = { kind: 'vendor-answer', trustedBaseUrl: 'https://vendor.example' } as const;

    const { error, afterMs } = await ask(behind, {}, vendor);

    expect(error).toMatchObject({ kind, reason });
    expect(afterMs).toBe(0);
  });
});

describe('the sockets of a host that cannot be reached', () => {
  it('are let go when the time to connect is over', async () => {
    await ask('filtered');

    expect(sockets.at(-1)?.mock.calls[0]?.[1].aborted).toBe(true);
  });

  it('do not outlive a TLS greeting that is never answered', async () => {
    vi.useRealTimers();
    let closed = 0;
    await using silent = await tcpServer((socket) =>
      socket.resume().on('close', () => (closed += 1)),
    );
    const door = new GuardedDoor({ tenants: PUBLIC_ONLY });
    doors.push(door);
    const timeouts = { connectMs: 50, headersMs: 5_000, idleMs: 5_000, totalMs: 5_000 };
    const request = { method: 'GET', addressClass: { kind: 'operator' }, timeouts } as const;

    const answer = door.request({ ...request, url: `https://127.0.0.1:${silent.port}/` });

    await expect(answer).rejects.toMatchObject({ kind: 'timeout', reason: 'tls' });
    await vi.waitUntil(() => closed === 1, { timeout: 4_000 });
  });
});

describe('a developer’s own network', () => {
  it('is spoken of plainly and at once', async () => {
    vi.useRealTimers();
    const port = await closedPort();
    await using plain = await httpServer((_request, response) => response.end());
    const tenants = { ...PUBLIC_ONLY, allowedNetworks: parseNetworks('127.0.0.0/8') };
    const door = new GuardedDoor({ tenants, openSocket: openDirectSocket });
    doors.push(door);
    const timeouts = { connectMs: 60_000, headersMs: 60_000, idleMs: 60_000, totalMs: 60_000 };
    const request = { method: 'POST', addressClass: { kind: 'tenant' }, timeouts } as const;

    await expect(
      door.request({ ...request, url: `http://127.0.0.1:${port}/` }),
    ).rejects.toMatchObject({
      kind: 'connect',
      reason: 'closed',
      message: 'No connection to 127.0.0.1 (ECONNREFUSED).',
    });
    await expect(
      door.request({ ...request, url: `https://127.0.0.1:${plain.port}/` }),
    ).rejects.toMatchObject({ kind: 'connect', reason: 'tls' });
  });
});
