import { parseNetworks } from '@app/outbound';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientIpOf } from './client-ip.js';

const PROXIES = parseNetworks('10.0.0.0/8, fd00::/8');

describe('clientIpOf', () => {
  it.each([
    ['the connection, without a header', '10.0.0.1', '', '10.0.0.1'],
    ['the connection, when it is no trusted proxy', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['who connected to the proxy', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    [
      'the right-most who is no proxy',
      '10.0.0.1',
      '1.1.1.1, 198.51.100.1, 10.2.2.2',
      '198.51.100.1',
    ],
    ['the left-most proxy, when all are', '10.0.0.1', '10.3.3.3,10.2.2.2', '10.3.3.3'],
    ['the proxy, when it says nonsense', '10.0.0.1', '1.1.1.1, unknown', '10.0.0.1'],
    ['the proxy, when it says nothing', '10.0.0.1', '1.1.1.1,', '10.0.0.1'],
    ['the proxy before the nonsense', '10.0.0.1', 'x, 10.2.2.2', '10.2.2.2'],
    ['an address without its port', '10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['an IPv6 address without brackets and port', '10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['an IPv6 address', 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['an IPv4 address in IPv6 as IPv4', '::ffff:198.51.100.1', '', '198.51.100.1'],
    ['a proxy in that spelling', '::ffff:10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['a local address without its zone', 'fe80::1%eth0', '', 'fe80::1'],
  ])('is %s', (_, remote, forwarded, expected) => {
    expect(clientIpOf(remote, forwarded, PROXIES)).toBe(expected);
  });

  it.each(['256.1.1.1', '1.1.1', '198.51.100.1:', '198.51.100.1:123456', '[198.51.100.1', 'a b'])(
    'takes no %j for an address',
    (entry) => {
      expect(clientIpOf('10.0.0.1', entry, PROXIES)).toBe('10.0.0.1');
    },
  );

  it('believes nobody where no proxy is trusted', () => {
    expect(clientIpOf('127.0.0.1', '198.51.100.1', [])).toBe('127.0.0.1');
  });

  it('knows no address of a connection that is gone', () => {
    expect(clientIpOf(undefined, '198.51.100.1', PROXIES)).toBeNull();
  });

  it('does not care what a caller wrote before its proxy added the address', () => {
    fc.assert(
      fc.property(fc.string(), (written) => {
        expect(clientIpOf('10.0.0.1', `${written},198.51.100.1`, PROXIES)).toBe('198.51.100.1');
      }),
    );
  });
});
