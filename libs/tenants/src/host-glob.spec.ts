import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHostIn, readHostGlob } from './host-glob.js';

const globOf = (text: string): string => {
  const read = readHostGlob(text);
  if (!read.ok) throw new Error(`${text} ${read.reason}`);
  return read.glob;
};

/** As a callback's URL is parsed. */
const hostOf = (host: string): string =>
  new URL(`http://${host}/`).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

describe('a glob of hosts', () => {
  it.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.com.', 'example.com'],
    ['*.Example.Com', '*.example.com'],
    ['bücher.de', 'xn--bcher-kva.de'],
    ['XN--BCHER-KVA.de', 'xn--bcher-kva.de'],
    ['*.ｅｘａｍｐｌｅ.com', '*.example.com'],
    ['hook_1.example.com', 'hook_1.example.com'],
    ['localhost', 'localhost'],
    ['*.corp', '*.corp'],
    ['1.1.1.1', '1.1.1.1'],
    ['0x1.1', '1.0.0.1'],
    ['2606:4700:4700::1111', '2606:4700:4700::1111'],
    ['[2606:4700:4700:0:0:0:0:1111]', '2606:4700:4700::1111'],
  ])('%s is taken as %s', (text, glob) => {
    expect(readHostGlob(text)).toEqual({ ok: true, glob });
    expect(readHostGlob(glob)).toEqual({ ok: true, glob });
  });

  it.each([
    ['', /^takes a host/],
    ['*', /\* that is not its first label/],
    ['*.*', /\* that is not its first label/],
    ['*.*.com', /\* that is not its first label/],
    ['hooks.*.com', /\* that is not its first label/],
    ['*example.com', /\* that is not its first label/],
    ['example.*', /\* that is not its first label/],
    ['*.', /is no host/],
    ['.', /is no host/],
    ['.example.com', /is no host/],
    ['*..example.com', /is no host/],
    ['a..example.com', /is no host/],
    ['example.com..', /is no host/],
    ['exam ple.com', /is no host/],
    ['example.com\n', /is no host/],
    ['ex%61mple.com', /is no host/],
    ['user@example.com', /is no host/],
    ['example.com?', /is no host/],
    ['example.com#', /is no host/],
    ['example.com\\', /is no host/],
    ['256.1.1.1', /is no host/],
    [`${'a'.repeat(64)}.com`, /is no host/],
    [`${'a.'.repeat(124)}example`, /is no host/],
    ['a'.repeat(10_000), /^takes a host/],
    ['https://example.com', /has a scheme/],
    ['example.com/hook', /has a path or a network mask/],
    ['10.0.0.0/8', /has a path or a network mask/],
    ['2606:4700::/32', /has a path or a network mask/],
    ['example.com:8443', /has a port/],
    ['[::1]:80', /has a port/],
    ['[example.com]', /is no host/],
    ['fe80::1%eth0', /has a port/],
    ['*.1.1.1.1', /\* before an IP address/],
    ['*.1', /\* before an IP address/],
  ])('%j is refused', (text, reason) => {
    expect(readHostGlob(text)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  it('is refused with what is taken', () => {
    expect(readHostGlob('https://example.com')).toEqual({
      ok: false,
      reason:
        'has a scheme: "https://example.com"; it takes a host such as example.com, an IP address, or *.example.com for all hosts under it',
    });
  });
});

describe('a host', () => {
  it.each([
    ['example.com', 'example.com', true],
    ['EXAMPLE.COM.', 'example.com', true],
    ['%65xample.com', 'example.com', true],
    ['ｅxample。com', 'example.com', true],
    ['xn--bcher-kva.de', 'bücher.de', true],
    ['BÜCHER.de', 'xn--bcher-kva.de', true],
    ['a.example.com', '*.example.com', true],
    ['a.b.example.com', '*.example.com', true],
    ['example.com', '*.example.com', false],
    ['a.example.com', 'example.com', false],
    ['example.com.evil.net', 'example.com', false],
    ['a.example.com.evil.net', '*.example.com', false],
    ['evilexample.com', 'example.com', false],
    ['evilexample.com', '*.example.com', false],
    ['evil-example.com', '*.example.com', false],
    ['example.community', 'example.com', false],
    ['examp1e.com', 'example.com', false],
    ['exаmple.com', 'example.com', false], // a Cyrillic а
    ['axexample.com', '*.example.com', false],
    ['1.1.1.1', '1.1.1.1', true],
    ['0x01010101', '1.1.1.1', true],
    ['1.1.1.11', '1.1.1.1', false],
    ['[2606:4700::1]', '2606:4700:0::1', true],
    ['[2606:4700::2]', '2606:4700::1', false],
  ])('%s, judged by %s: %s', (host, glob, isIn) => {
    expect(isHostIn(hostOf(host), [globOf(glob)])).toBe(isIn);
  });

  it('is in one of several, and in none of none', () => {
    expect(isHostIn('b.net', ['a.net', 'b.net'])).toBe(true);
    expect(isHostIn('b.net', [])).toBe(false);
  });
});

describe('whatever the names are', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));

  it('a wide glob means the hosts under its name, at any depth, and no other', () => {
    fc.assert(
      fc.property(name, name, (base, other) => {
        const glob = [globOf(`*.${base}`)];

        expect(isHostIn(`${other}.${base}`, glob)).toBe(true);
        expect(isHostIn(base, glob)).toBe(false);
        expect(isHostIn(`${other}${base}`, glob)).toBe(false);
        expect(isHostIn(`${base}.${other}`, glob)).toBe(`${base}.${other}`.endsWith(`.${base}`));
      }),
    );
  });

  it('a plain glob means its host alone, however either is spelled', () => {
    const cases = fc
      .tuple(name, name)
      .chain(([host, other]) =>
        fc.record({ host: fc.constant(host), other: fc.constant(other), spelling: spelled(host) }),
      );

    fc.assert(
      fc.property(cases, ({ host, other, spelling }) => {
        expect(isHostIn(hostOf(spelling), [globOf(host.toUpperCase())])).toBe(true);
        expect(isHostIn(hostOf(spelling), [globOf(other)])).toBe(host === other);
      }),
    );
  });

  it('a text is refused, or taken in a spelling that is taken alike again', () => {
    const piece = fc.constantFrom(
      '*',
      '.',
      ':',
      '[',
      ']',
      '/',
      '-',
      '_',
      '0',
      '1',
      '0x7',
      'a',
      'Ü',
      'ﬀ',
      'xn--',
      ' ',
      '％',
      '。',
    );
    const pieces = fc.array(piece, { maxLength: 12 }).map((all) => all.join(''));
    const texts = fc.oneof(fc.string(), pieces, name);

    fc.assert(
      fc.property(texts, (text) => {
        const read = readHostGlob(text);
        const again = read.ok ? readHostGlob(read.glob) : read;

        expect(again).toEqual(read);
      }),
    );
  });
});

/** A name of ASCII letters and digits as a URL may spell it. */
const spelled = (host: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.array(fc.constantFrom('lower', 'upper', 'wide', 'encoded'), {
        minLength: host.length,
        maxLength: host.length,
      }),
      fc.constantFrom('', '.'),
    )
    .map(([ways, dot]) => ways.map((way, at) => spell(host.charAt(at), way)).join('') + dot);

/** One character of a host in another way that a URL may be written. */
function spell(char: string, way: string): string {
  if (way === 'upper') return char.toUpperCase();
  if (way === 'encoded') return `%${char.charCodeAt(0).toString(16)}`;
  if (way !== 'wide') return char;
  return char === '.' ? '。' : String.fromCharCode(char.charCodeAt(0) + 0xfee0);
}
