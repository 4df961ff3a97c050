import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNetworks } from './networks.js';
import { PUBLIC_ONLY, type TenantPolicy } from './tenant-policy.js';
import { forbiddenIpv4, loopbackIpv4, spelling } from './testing/forbidden-addresses.js';
import { isOnHostOf, judgeUrlOfClass, judgeUrlText } from './url-verdict.js';

const policy: TenantPolicy = { ...PUBLIC_ONLY, ownHosts: ['gateway.example.com', '8.8.4.4'] };
const development: TenantPolicy = {
  allowedNetworks: parseNetworks('127.0.0.0/8,::1/128'),
  ownPorts: [8000, 5433, 6380],
  ownHosts: ['localhost'],
};

const ALLOWED_URLS = [
  'https://example.com/hook?task=1',
  'http://example.com',
  'HtTp://EXAMPLE.com:8080/a/b',
  'https://example.com.:8443/',
  'https://user-content.example.com/a@b/c%20d',
  'https://bücher.example/',
  'http://1.1.1.1/',
  'http://172.32.0.1/',
  'http://100.128.0.1/',
  'http://[2606:4700:4700::1111]/',
  'http://example.com:080/',
];

describe('judgeUrlText', () => {
  it.each(ALLOWED_URLS)('allows %s', (text) => {
    expect(judgeUrlText(text, policy)).toMatchObject({ allowed: true });
  });

  it('refuses any spelling of any forbidden IPv4 address', () => {
    fc.assert(
      fc.property(fc.oneof(forbiddenIpv4, loopbackIpv4), spelling, (octets, spell) => {
        expect(judgeUrlText(`http://${spell(octets)}/`, policy).allowed).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses them also where loopback is allowed, and of loopback the own ports', () => {
    fc.assert(
      fc.property(forbiddenIpv4, loopbackIpv4, spelling, (octets, local, spell) => {
        expect(judgeUrlText(`http://${spell(octets)}:9000/`, development).allowed).toBe(false);
        expect(judgeUrlText(`http://${spell(local)}:8000/`, development).allowed).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['http://localhost:9000/hook', true],
    ['http://127.0.0.1:9000/hook', true],
    ['http://127.1.2.3:9000/', true],
    ['http://[::1]:9000/hook', true],
    ['http://localhost:8000/', false],
    ['http://127.0.0.1:8000/', false],
    ['http://2130706433:8000/', false],
    ['http://[::1]:5433/', false],
    ['http://localhost:6379/', false],
    ['http://sub.localhost:9000/', false],
    ['http://redis:9000/', false],
    ['http://10.0.0.1:9000/', false],
    ['http://[::ffff:127.0.0.1]:9000/', false],
    ['https://example.com/', true],
  ])('judges %s where loopback is allowed: %s', (text, expected) => {
    expect(judgeUrlText(text, development).allowed).toBe(expected);
  });

  it('takes names of a private network only where such a network is allowed', () => {
    const inCluster = { ...PUBLIC_ONLY, allowedNetworks: parseNetworks('10.0.0.0/8') };

    expect(judgeUrlText('http://shop.default.svc.cluster.local/', inCluster).allowed).toBe(true);
    expect(judgeUrlText('http://receiver:8080/', inCluster).allowed).toBe(true);
    expect(judgeUrlText('http://metadata.google.internal/', inCluster).allowed).toBe(false);
    expect(judgeUrlText('http://localhost/', inCluster).allowed).toBe(false);
  });

  it('says what was wrong and what is taken', () => {
    expect(judgeUrlText('ftp://example.com/', policy)).toEqual({
      allowed: false,
      reason: 'the URL must begin with https:// or http:// and a host',
    });
    expect(judgeUrlText('https://example.com:22/', policy)).toEqual({
      allowed: false,
      reason: 'port 22 is not taken; use 443, 80 or one from 1024 to 65535',
    });
  });
});

describe('judgeUrlOfClass', () => {
  const vendor = { kind: 'vendor-answer', trustedBaseUrl: 'http://localhost:8100/api/v1' } as const;

  it.each([
    ['http://localhost:8100/files/1.png', true],
    ['http://localhost:9999/files/1.png', true],
    ['https://cdn.example.com/1.png#top', true],
    [`https://cdn.example.com/1.png?token=${'a'.repeat(4000)}`, true],
    ['http://127.0.0.1:8100/files/1.png', false],
    ['http://169.254.169.254/', false],
    ['file:///etc/passwd', false],
  ])('judges %s out of a vendor answer: %s', (text, expected) => {
    expect(judgeUrlOfClass(text, vendor, development).allowed).toBe(expected);
  });

  it('lets an operator choose any address of the web', () => {
    const operator = { kind: 'operator' } as const;

    expect(judgeUrlOfClass('http://10.0.0.1:22/', operator, policy).allowed).toBe(true);
    expect(judgeUrlOfClass('http://redis/', operator, policy).allowed).toBe(true);
    expect(judgeUrlOfClass('ftp://example.com/', operator, policy).allowed).toBe(false);
  });
});

describe('isOnHostOf', () => {
  it.each([
    ['https://api.example.com/a', 'https://api.example.com:8443/v1', true],
    ['https://API.example.com', 'https://api.example.com', true],
    ['https://api.example.com.evil.com', 'https://api.example.com', false],
    ['not a url', 'https://api.example.com', false],
    ['data:a', 'data:b', false],
  ])('%s is on the host of %s: %s', (text, baseUrl, expected) => {
    expect(isOnHostOf(text, baseUrl)).toBe(expected);
  });
});
