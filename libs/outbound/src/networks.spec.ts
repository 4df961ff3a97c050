import { describe, expect, it } from 'vitest';
import { clientRange, isInNetworks, isLoopbackNetwork, parseNetworks } from './networks.js';

describe('parseNetworks', () => {
  it('reads addresses and ranges of both families, with white space and empty entries', () => {
    const networks = parseNetworks(' 10.0.0.0/8, ,::1/128,192.168.1.7 ');

    expect(networks.map((network) => [network.text, network.prefixBits])).toEqual([
      ['10.0.0.0/8', 8],
      ['::1/128', 128],
      ['192.168.1.7', 32],
    ]);
    expect(parseNetworks('')).toEqual([]);
  });

  it.each([
    '10.0.0.0/33',
    '10.0/8',
    'localhost',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::1/129',
    'fe80::1%lo',
  ])('names %j as what is not a network, and what is', (entry) => {
    expect(() => parseNetworks(`127.0.0.0/8,${entry}`)).toThrow(
      `"${entry}" is not a network; accepted are CIDRs such as 10.0.0.0/8 or fd00::/8, comma separated`,
    );
  });

  it('does not match an IPv4 range by an IPv4-mapped spelling', () => {
    const networks = parseNetworks('127.0.0.0/8');

    expect(isInNetworks('127.0.0.1', networks)).toBe(true);
    expect(isInNetworks('::ffff:127.0.0.1', networks)).toBe(false);
    expect(isInNetworks('127.1', networks)).toBe(false);
  });

  it.each([
    ['127.0.0.0/8', true],
    ['127.0.0.1', true],
    ['::1/128', true],
    ['0.0.0.0/0', false],
    ['127.0.0.0/7', false],
    ['10.0.0.0/8', false],
  ])('knows whether %s is loopback alone: %s', (text, expected) => {
    expect(parseNetworks(text).map((network) => isLoopbackNetwork(network))).toEqual([expected]);
  });
});

describe('the range that a client counts as', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:1:2::1', '2001:db8:1:2::/64'],
    ['::1', '::/64'],
    ['', ''],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('of %s is %s', (ip, range) => {
    expect(clientRange(ip)).toBe(range);
  });
});
