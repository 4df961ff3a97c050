import { describe, expect, it } from 'vitest';
import { signOutputLink, verifyOutputLink, type OutputLinkClaim } from './output-link.js';

const secret = Buffer.from('a secret of thirty-two bytes, or');
const link = {
  publicUrl: 'https://gateway.example.com',
  folder: 'outputs',
  outputId: 'out-1',
  expireAt: 2000,
  secret,
};

function claimOf(url: string): OutputLinkClaim {
  const { pathname, searchParams } = new URL(url);
  return {
    outputId: pathname.split('/').at(-1) ?? '',
    exp: searchParams.get('exp') ?? undefined,
    sig: searchParams.get('sig') ?? undefined,
    secrets: [secret],
    nowSeconds: 1999,
  };
}

describe('signOutputLink', () => {
  it('makes a link of id, end and signature, and nothing else', () => {
    expect(signOutputLink(link)).toMatch(
      /^https:\/\/gateway\.example\.com\/outputs\/out-1\?exp=2000&sig=[\w-]{43}$/,
    );
  });

  it.each(['https://g.example/base', 'https://g.example/base/'])(
    'keeps the path of %s',
    (publicUrl) => {
      expect(signOutputLink({ ...link, publicUrl })).toContain(
        'https://g.example/base/outputs/out-1?',
      );
    },
  );

  it.each([
    [{ secret: Buffer.alloc(0) }, 'The secret of output links is empty'],
    [{ outputId: '../admin' }, '"../admin" is not an output id'],
    [{ expireAt: 1.5 }, 'expireAt is 1.5; it takes whole Unix seconds'],
  ])('refuses %j', (change, message) => {
    expect(() => signOutputLink({ ...link, ...change })).toThrow(message);
  });
});

describe('verifyOutputLink', () => {
  const claim = claimOf(signOutputLink(link));

  it.each([
    ['as it was signed', {}, 'valid'],
    ['with the secret among several', { secrets: [Buffer.from('newer'), secret] }, 'valid'],
    ['at its last second', { nowSeconds: 1999 }, 'valid'],
    ['at its end', { nowSeconds: 2000 }, 'expired'],
    ['of another output', { outputId: 'out-2' }, 'forged'],
    ['with a later end', { exp: '3000' }, 'forged'],
    ['with its end spelled otherwise', { exp: '02000' }, 'forged'],
    ['with an end that is no number', { exp: 'Infinity' }, 'forged'],
    ['without its end', { exp: undefined }, 'forged'],
    ['without a signature', { sig: undefined }, 'forged'],
    ['with an empty signature', { sig: '' }, 'forged'],
    ['with a cut signature', { sig: claim.sig?.slice(0, -1) }, 'forged'],
    ['with a signature spelled otherwise', { sig: `${claim.sig}=` }, 'forged'],
    ['signed by a secret that is gone', { secrets: [Buffer.from('newer')] }, 'forged'],
    ['when there is no secret', { secrets: [] }, 'forged'],
    ['forged and late', { exp: '1', nowSeconds: 5000 }, 'forged'],
  ])('finds a link %s', (_what, change, expected) => {
    expect(verifyOutputLink({ ...claim, ...change })).toBe(expected);
  });

  it('refuses to judge by an empty secret', () => {
    expect(() => verifyOutputLink({ ...claim, secrets: [Buffer.alloc(0)] })).toThrow('empty');
  });
});
