import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAddress, judgeEndpoint } from './address-verdict.js';
import { parseNetworks } from './networks.js';
import { PUBLIC_ONLY, tenantPolicy } from './tenant-policy.js';

const PUBLIC = [
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '192.0.1.1',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '168.63.129.15',
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
];

const FORBIDDEN = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.0',
  '100.127.255.255',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.255',
  '168.63.129.16',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.170',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:8.8.8.8',
  '::7f00:1',
  '::ffff:0:7f00:1',
  '::5efe:7f00:1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::7f00:1',
  '2002:7f00:1::',
  '2001::80ff:fffe',
  '2001:2::1',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '3fff::1',
  '4000::1',
  '5f00::1',
  '100::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'febf::1',
  'fec0::1',
  'ff02::1',
  'fe80::1%lo',
  '2606:4700::1%lo',
  '',
  'example.com',
  '127.1',
  '0x7f.1',
];

describe('judgeAddress', () => {
  it.each(PUBLIC)('allows the public address %s', (ip) => {
    expect(judgeAddress(ip, PUBLIC_ONLY)).toEqual({ allowed: true });
  });

  it.each(FORBIDDEN)('refuses %j', (ip) => {
    expect(judgeAddress(ip, PUBLIC_ONLY)).toMatchObject({ allowed: false });
  });

  it('refuses every way of writing IPv4 inside IPv6, whatever the IPv4 address', () => {
    const spelling = fc.constantFrom(
      (high: string, low: string) => `::ffff:${high}:${low}`,
      (high: string, low: string) => `::${high}:${low}`,
      (high: string, low: string) => `::ffff:0:${high}:${low}`,
      (high: string, low: string) => `::5efe:${high}:${low}`,
      (high: string, low: string) => `fe80::200:5efe:${high}:${low}`,
      (high: string, low: string) => `64:ff9b::${high}:${low}`,
      (high: string, low: string) => `64:ff9b:1::${high}:${low}`,
      (high: string, low: string) => `2002:${high}:${low}::1`,
      (high: string, low: string) => `2001:0:${high}:${low}::1`,
    );
    const word = fc.integer({ min: 0, max: 0xff_ff }).map((value) => value.toString(16));

    fc.assert(
      fc.property(spelling, word, word, (spell, high, low) => {
        expect(judgeAddress(spell(high, low), PUBLIC_ONLY).allowed).toBe(false);
      }),
    );
  });

  it('allows what the operator allows, and only that', () => {
    const policy = { allowedNetworks: parseNetworks('10.1.0.0/16,fd00::/8') };

    expect(judgeAddress('10.1.2.3', policy).allowed).toBe(true);
    expect(judgeAddress('fd00::1', policy).allowed).toBe(true);
    expect(judgeAddress('10.2.0.1', policy).allowed).toBe(false);
    expect(judgeAddress('::ffff:10.1.2.3', policy).allowed).toBe(false);
  });
});

describe('judgeEndpoint', () => {
  const policy = {
    ...PUBLIC_ONLY,
    allowedNetworks: parseNetworks('127.0.0.0/8'),
    ownPorts: [8000],
  };

  it('refuses our own ports on every address of an allowed network', () => {
    expect(judgeEndpoint('127.0.0.1', 8000, policy)).toEqual({
      allowed: false,
      reason: 'port 8000 belongs to this gateway itself; use the port of your own receiver',
    });
    expect(judgeEndpoint('127.9.9.9', 8000, policy).allowed).toBe(false);
    expect(judgeEndpoint('127.0.0.1', 9000, policy).allowed).toBe(true);
  });

  it('does not mind the same port number elsewhere', () => {
    expect(judgeEndpoint('1.1.1.1', 8000, policy).allowed).toBe(true);
  });
});

describe('tenantPolicy', () => {
  it.each([
    ['https://gateway.example.com:8443/base', 'gateway.example.com'],
    ['http://8.8.4.4:8000', '8.8.4.4'],
    ['http://[2001:4860:4860:0::8844]:8000', '2001:4860:4860::8844'],
  ])('takes %s for our own host %s', (publicUrl, host) => {
    const policy = tenantPolicy({ allowedNetworks: '', ownPorts: [8000], publicUrl });

    expect(policy).toEqual({ allowedNetworks: [], ownPorts: [8000], ownHosts: [host] });
  });
});
