import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesOf, destinationOf, judgeAddresses } from './destination.js';
import type { AddressClass } from './door.js';
import { rememberNames } from './name-resolver.js';
import { parseNetworks } from './networks.js';
import { PUBLIC_ONLY, type TenantPolicy } from './tenant-policy.js';
import { forbiddenIpv4 } from './testing/forbidden-addresses.js';

const TENANT: AddressClass = { kind: 'tenant' };

/** A resolver that knows exactly these names; the last of several answers stays. */
class ScriptedResolver {
  readonly asked: string[] = [];

  constructor(private readonly script: Readonly<Record<string, readonly (readonly string[])[]>>) {}

  readonly resolve = async (name: string): Promise<readonly string[]> => {
    this.asked.push(name);
    const answers = this.script[name] ?? [];
    const turn = this.asked.filter((asked) => asked === name).length;
    const answer = answers[Math.min(turn, answers.length) - 1];
    if (!answer) throw Object.assign(new Error(`ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
    return await Promise.resolve(answer);
  };
}

async function vet(
  url: string,
  answers: readonly (readonly string[])[],
  options: { addressClass?: AddressClass; tenants?: TenantPolicy } = {},
): Promise<{ addresses: readonly string[]; asked: readonly string[] }> {
  const { addressClass = TENANT, tenants = PUBLIC_ONLY } = options;
  const destination = destinationOf(url, addressClass, tenants);
  const { host } = destination;
  const resolver = new ScriptedResolver({ [host]: answers, [`${host}.`]: answers });
  const resolve = { trusted: resolver.resolve, foreign: resolver.resolve };
  const addresses = await addressesOf(destination, resolve);
  judgeAddresses(destination, addresses);
  return { addresses, asked: resolver.asked };
}

describe('the addresses of a destination', () => {
  it('gives all addresses of a public name, asked for without search domains', async () => {
    const vetted = await vet('https://hooks.example.com/', [['1.1.1.1', '2606:4700:4700::1111']]);

    expect(vetted).toEqual({
      addresses: ['1.1.1.1', '2606:4700:4700::1111'],
      asked: ['hooks.example.com.'],
    });
  });

  it.each([
    ['loopback', ['127.0.0.1']],
    ['metadata', ['169.254.169.254']],
    ['an IPv4-mapped address', ['::ffff:7f00:1']],
    ['a NAT64 address', ['64:ff9b::a9fe:a9fe']],
    ['a mix of public and private', ['1.1.1.1', '10.0.0.1']],
    ['public IPv4 with private IPv6', ['1.1.1.1', 'fd00::1']],
    [
      'a private one after fifteen public ones',
      [...Array.from({ length: 15 }, () => '1.1.1.1'), '10.0.0.1'],
    ],
    ['more than sixteen public ones', Array.from({ length: 17 }, (_, n) => `1.1.1.${n}`)],
    ['something that is no address', ['not-an-address']],
  ])('refuses a name that resolves to %s', async (_what, answer) => {
    await expect(vet('https://hooks.example.com/', [answer])).rejects.toMatchObject({
      kind: 'refused-address',
      reason: 'blocked',
      requestSent: false,
    });
  });

  it('refuses a forbidden address wherever it stands among public ones', async () => {
    const publicOnes = fc.array(
      fc.constantFrom<string[]>('1.1.1.1', '9.9.9.9', '2606:4700:4700::1111'),
      {
        maxLength: 15,
      },
    );

    await fc.assert(
      fc.asyncProperty(publicOnes, forbiddenIpv4, fc.nat(15), async (answer, octets, place) => {
        const mixed = answer.toSpliced(place, 0, octets.join('.'));
        await expect(vet('https://hooks.example.com/', [mixed])).rejects.toMatchObject({
          reason: 'blocked',
        });
      }),
    );
  });

  it('does not tell the tenant which forbidden address a name has', async () => {
    await expect(vet('https://hooks.example.com/', [['10.20.30.40']])).rejects.toThrow(
      'Address of hooks.example.com refused: the address is not on the public internet, ' +
        'nor in a network this gateway allows.',
    );
  });

  it.each([
    ['does not exist', []],
    ['has no address', [[]]],
  ])('tells a name that %s', async (_what, answers) => {
    await expect(vet('https://hooks.example.com/', answers)).rejects.toMatchObject({
      kind: 'unresolved',
      requestSent: false,
    });
  });

  it.each(['http://10.1.2.3/cat.png', 'http://localhost:9000/', 'https://pictures.example.com/'])(
    'gives nothing outside the public internet where only that will do: %s',
    async (url) => {
      const tenants = { ...PUBLIC_ONLY, allowedNetworks: parseNetworks('10.0.0.0/8, 127.0.0.0/8') };
      const addressClass = { kind: 'tenant', publicOnly: true } as const;

      const vetting = async () => await vet(url, [['10.1.2.3']], { tenants, addressClass });

      await expect(vetting()).rejects.toMatchObject({ kind: 'refused-address' });
      await expect(vet(url, [['10.1.2.3']], { tenants })).resolves.toBeDefined();
    },
  );

  it('never resolves localhost, and takes of it what is allowed', async () => {
    const tenants = { ...PUBLIC_ONLY, allowedNetworks: parseNetworks('127.0.0.0/8') };

    const vetted = await vet('http://localhost:9000/', [['10.0.0.1']], { tenants });

    expect(vetted).toEqual({ addresses: ['127.0.0.1'], asked: [] });
  });

  it('refuses our own port behind any name of an allowed network', async () => {
    const tenants = {
      ...PUBLIC_ONLY,
      allowedNetworks: parseNetworks('127.0.0.0/8'),
      ownPorts: [8000],
    };

    const vetted = vet('http://127.0.0.1.nip.io:8000/', [['127.0.0.1']], { tenants });

    await expect(vetted).rejects.toMatchObject({ kind: 'refused-address' });
  });

  it('takes any address of the host a vendor is configured with, and public ones elsewhere', async () => {
    const addressClass = { kind: 'vendor-answer', trustedBaseUrl: 'http://vendor:8100' } as const;

    const own = await vet('http://vendor:8100/1.png', [['10.0.0.1']], { addressClass });
    const foreign = vet('https://cdn.example.com/1.png', [['10.0.0.1']], { addressClass });

    expect(own.addresses).toEqual(['10.0.0.1']);
    await expect(foreign).rejects.toMatchObject({ kind: 'refused-address' });
  });

  it('takes any address for the operator', async () => {
    const vetted = await vet('http://vendor/', [['127.0.0.1']], {
      addressClass: { kind: 'operator' },
    });

    expect(vetted).toEqual({ addresses: ['127.0.0.1'], asked: ['vendor'] });
  });
});

describe('rememberNames', () => {
  it('asks once in ten seconds for a name, and again after a failure', async () => {
    const resolver = new ScriptedResolver({ vendor: [['10.0.0.1'], ['10.0.0.2']] });
    let nowMs = 0;
    const remembered = rememberNames(resolver.resolve, () => nowMs);

    const answers = [await remembered('vendor'), await remembered('vendor')];
    nowMs = 10_000;
    answers.push(await remembered('vendor'));
    await expect(remembered('unknown')).rejects.toThrow('ENOTFOUND');
    await expect(remembered('unknown')).rejects.toThrow('ENOTFOUND');

    expect(answers).toEqual([['10.0.0.1'], ['10.0.0.1'], ['10.0.0.2']]);
    expect(resolver.asked).toEqual(['vendor', 'vendor', 'unknown', 'unknown']);
  });
});
