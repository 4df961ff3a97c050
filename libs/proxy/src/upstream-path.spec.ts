import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { upstreamPath } from './upstream-path.js';

describe('upstreamPath', () => {
  it.each([
    ['/v1/chat/completions', '/v1/chat/completions', ''],
    ['/v1/files/abc?x=1', '/v1/files/abc', '?x=1'],
    ['/v1/responses?beta=true&a=%2Fb&c=/../d', '/v1/responses', '?beta=true&a=%2Fb&c=/../d'],
    ['/v1/models/ft:gpt-4o:org::id', '/v1/models/ft:gpt-4o:org::id', ''],
    ['/v1/files/a%20b...c', '/v1/files/a%20b...c', ''],
    ['/v1/files/50%25', '/v1/files/50%25', ''],
    ['/v1/files/100%', '/v1/files/100%', ''],
    ['/v1/organizations', '/v1/organizations', ''],
    ['/v1/files/organization', '/v1/files/organization', ''],
    ['/v1?', '/v1', '?'],
  ])('forwards %s byte for byte', (target, path, query) => {
    expect(upstreamPath(target)).toMatchObject({ ok: true, path, query });
  });

  it.each([
    ['/v1/../admin', 'dot segment'],
    ['/v1/files/.', 'dot segment'],
    ['/v1/files/..', 'dot segment'],
    ['/v1/..;x=1/admin', 'dot segment'],
    ['/v1/%2e%2e/admin', 'encoded dot segment'],
    ['/v1/.%2E/admin', 'encoded dot segment'],
    ['/v1/%252e%252e/admin', 'encoded dot segment'],
    ['/v1/%%32e/admin', 'encoded dot segment'],
    ['/v1/files%2fabc', 'encoded slash'],
    ['/v1/files%2Fabc', 'encoded slash'],
    ['/v1/files%5cabc', 'encoded slash'],
    ['/v1/files%255Cabc', 'encoded slash'],
    ['/v1/files%252fabc', 'encoded slash'],
    ['/v1/files\\abc', 'backslash'],
    ['/v1/files%00', 'control character'],
    ['/v1/files%0d%0aX:1', 'control character'],
    ['/v1/files%250a', 'control character'],
    ['/v1/files%7f', 'control character'],
    ['/v1/files%25252fabc', 'encoded slash'],
    ['/v1/files%2525252fabc', 'more than twice'],
    [`/v1/%${'25'.repeat(40)}41`, 'more than twice'],
    ['/v1/a b', 'percent-encode'],
    ['/v1/a\nb', 'percent-encode'],
    ['/v1/ü', 'percent-encode'],
    ['/v1/files#top', 'fragment'],
    ['/v2/files', 'start with /v1/'],
    ['/v1x', 'start with /v1/'],
    ['http://other.example/v1/files', 'start with /v1/'],
    ['//other.example/v1/files', 'start with /v1/'],
    ['*', 'start with /v1/'],
    ['', 'start with /v1/'],
  ])('refuses %j', (target, reason) => {
    const verdict = upstreamPath(target);

    expect(verdict).toMatchObject({ ok: false });
    expect(verdict).toHaveProperty('reason', expect.stringContaining(reason));
  });

  it.each([
    '/v1/organization',
    '/v1/organization/users?limit=1',
    '/v1/Organization/users',
    '/v1//organization/users',
    '/v1/organization;x=1/users',
    '/v1/%6frganization/users',
    '/v1/%256frganization/users',
  ])('tells %s to lead to what administers the upstream account', (target) => {
    const verdict = upstreamPath(target);

    expect(verdict).toHaveProperty(
      'normalPath',
      expect.stringMatching(/^\/v1\/organization(\/users)?$/i),
    );
  });

  it('tells the decoded segments below /v1, by which ownership is judged', () => {
    expect(upstreamPath('/v1/%74asks//tk-1?x')).toMatchObject({
      segments: ['tasks', 'tk-1'],
      normalPath: '/v1/tasks/tk-1',
    });
  });

  it('lets a path through only as it came, and only where every decoding of it stays in place', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2f',
      '%5c',
      '%25',
      '2e',
      '5c',
      '\\',
      '%',
      'a',
    );

    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const target = `/v1/${pieces.join('')}`;
        const verdict = upstreamPath(target);
        if (!verdict.ok) return;
        expect(verdict.path + verdict.query).toBe(target);
        for (const reading of readings(target)) {
          expect(new URL(reading, 'http://upstream').pathname.startsWith('/v1/')).toBe(true);
          expect(reading.split('/').length).toBe(target.split('/').length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** The target decoded once, twice, … as ever laxer servers would. */
function readings(target: string): string[] {
  const all = [target];
  for (let round = 0; round < 4; round += 1) {
    const last = all.at(-1) ?? '';
    all.push(
      last.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    );
  }
  return all.map((reading) => reading.replaceAll('\\', '/'));
}
