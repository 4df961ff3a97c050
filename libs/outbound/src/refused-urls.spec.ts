import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GuardedDoor } from './guarded-door.js';
import { parseNetworks } from './networks.js';
import { PUBLIC_ONLY, type TenantPolicy } from './tenant-policy.js';
import { forbiddenIpv4, spelling } from './testing/forbidden-addresses.js';
import { noSocket } from './testing/no-socket.js';
import { PUBLIC_LITERALS, REFUSED_URLS } from './testing/refused-urls.js';
import { judgeUrlText } from './url-verdict.js';

const OWN_PORT = 8000;
const STRICT: TenantPolicy = {
  ...PUBLIC_ONLY,
  ownPorts: [OWN_PORT],
  ownHosts: ['gateway.example.com', '8.8.4.4', '2001:4860:4860::8844'],
};
const WITH_LOOPBACK = { ...STRICT, allowedNetworks: parseNetworks('127.0.0.0/8,::1/128') };

/** The same URL at a port of the gateway's own, where the host is one that an allowed loopback opens. */
function atOwnPort(text: string): string {
  const host = URL.parse(text)?.hostname ?? '';
  const isLoopback = /^(127\.[\d.]+|\[::1\]|localhost\.?)$/.test(host);
  return isLoopback ? text.replace(/^(https?:\/\/[^/?#]+)/i, `$1:${OWN_PORT}`) : text;
}

const doors: GuardedDoor[] = [];
afterEach(async () => {
  await Promise.all(doors.splice(0).map(async (door) => await door.close()));
});

function deliver(url: string, tenants: TenantPolicy) {
  const openSocket = noSocket();
  const resolve = vi.fn(async () => await Promise.resolve(['1.1.1.1']));
  const door = new GuardedDoor({ tenants, resolve, openSocket });
  doors.push(door);
  const timeouts = { connectMs: 20, headersMs: 20, idleMs: 20, totalMs: 20 };
  const addressClass = { kind: 'tenant' } as const;
  return {
    answer: door.request({ url, method: 'POST', body: '{}', addressClass, timeouts }),
    openSocket,
    resolve,
  };
}

describe.each(Object.entries(REFUSED_URLS))('a tenant’s URL with %s', (_kind, cases) => {
  describe.each([
    ['nothing but the public internet', STRICT, (text: string) => text],
    ['loopback, except the gateway’s own ports', WITH_LOOPBACK, atOwnPort],
  ])('where the operator allows %s', (_policy, tenants, spell) => {
    it.each(cases)('case %i is not taken: %j', (_number, text) => {
      expect(judgeUrlText(spell(text), tenants)).toMatchObject({ allowed: false });
    });

    it.each(cases)('case %i is not delivered to: %j', async (_number, text) => {
      const { answer, openSocket, resolve } = deliver(spell(text), tenants);

      await expect(answer).rejects.toMatchObject({
        kind: 'refused-address',
        reason: 'refused-url',
        requestSent: false,
      });
      expect(resolve).not.toHaveBeenCalled();
      expect(openSocket).not.toHaveBeenCalled();
    });
  });
});

describe('a tenant’s URL with any spelling of any forbidden IPv4 address', () => {
  it('is not delivered to', async () => {
    await fc.assert(
      fc.asyncProperty(forbiddenIpv4, spelling, async (octets, spell) => {
        const { answer, openSocket } = deliver(`http://${spell(octets)}:9000/`, WITH_LOOPBACK);

        await expect(answer).rejects.toMatchObject({ reason: 'refused-url', requestSent: false });
        expect(openSocket).not.toHaveBeenCalled();
      }),
      { numRuns: 300 },
    );
  });
});

describe('a tenant’s URL with a public address', () => {
  it.each(PUBLIC_LITERALS)('case %i is taken: %s', (_number, text) => {
    expect(judgeUrlText(text, STRICT)).toMatchObject({ allowed: true });
  });

  it.each(PUBLIC_LITERALS)('case %i is dialled as it is: %s', async (_number, text, address) => {
    const { answer, openSocket, resolve } = deliver(text, STRICT);

    await expect(answer).rejects.toMatchObject({ kind: 'connect' });
    expect(openSocket).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ addresses: [address], port: 80 }),
      expect.anything(),
    );
    expect(resolve).not.toHaveBeenCalled();
  });
});
