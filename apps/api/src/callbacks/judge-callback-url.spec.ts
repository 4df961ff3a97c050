import { PUBLIC_ONLY, tenantPolicy } from '@app/outbound';
import type { CallbackSettings } from '@app/tenants';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallbackUrlRules, judgeCallbackUrl } from './judge-callback-url.js';

const rules = (
  settings: CallbackSettings = {},
  policyHosts?: readonly string[],
): CallbackUrlRules => ({ tenantPolicy: PUBLIC_ONLY, policyHosts, settings });

const judge = (url: string, by: CallbackUrlRules): string => {
  const verdict = judgeCallbackUrl(url, by);
  return verdict.allowed ? 'allowed' : verdict.reason;
};

const HOSTS = ['example.com', '*.example.com'];
const REGISTERED: CallbackSettings = {
  default: { url: 'https://default.example.com/hook', when: 'final' },
  registered: ['https://a.example.com:8443/one', 'https://b.example.com/two?x=1'],
  onlyRegistered: true,
};

describe('a callback URL without rules', () => {
  it.each([
    ['https://example.com/hook', 'allowed'],
    ['http://1.1.1.1/', 'allowed'],
    ['ftp://example.com/', /begin with https/],
    ['https://user:word@example.com/', /user name/],
    ['https://127.0.0.1/', /not on the public internet/],
    ['https://localhost/', /localhost/],
    ['', /begin with https/],
  ])('%j: %s', (url, says) => {
    expect(judge(url, rules())).toMatch(says);
  });
});

describe.each([
  ['the tenant’s hosts', rules({ hosts: HOSTS }), /among the hosts of the callback settings/],
  ['the operator’s hosts', rules({}, HOSTS), /among the hosts that the operator allows/],
])('under %s', (_, by, refusal) => {
  it.each([
    'https://example.com',
    'https://example.com/any/path?and=query',
    'http://example.com:8080/hook',
    'https://EXAMPLE.com./hook',
    'https://ex%61mple.com/hook',
    'https://ｅxample。com/hook',
    'https://a.b.example.com/hook',
  ])('%s is taken', (url) => {
    expect(judge(url, by)).toBe('allowed');
  });

  it.each([
    'https://example.com.evil.net/hook',
    'https://evilexample.com/hook',
    'https://evil-example.com/',
    'https://exаmple.com/', // a Cyrillic а
    'https://evil.net/example.com',
    'https://evil.net/?host=example.com',
    'https://example.co',
    'https://1.1.1.1/',
  ])('%s is refused, with what is taken', (url) => {
    expect(judge(url, by)).toMatch(refusal);
    expect(judge(url, by)).toMatch(/; taken are example\.com, \*\.example\.com$/);
  });

  it('what the text alone forbids is refused for that', () => {
    expect(judge('https://user@example.com/', by)).toMatch(/user name/);
  });
});

describe('hosts of both', () => {
  it('must both have it', () => {
    const by = rules({ hosts: ['a.example.com', 'b.net'] }, ['*.example.com']);

    expect(judge('https://a.example.com/', by)).toBe('allowed');
    expect(judge('https://b.example.com/', by)).toMatch(/callback settings/);
    expect(judge('https://b.net/', by)).toMatch(/operator/);
  });

  it('never open what is forbidden', () => {
    const open = ['localhost', '127.0.0.1', '169.254.169.254', '::1', '*.internal'];
    const by = rules({ hosts: open }, open);

    for (const host of ['localhost', '127.0.0.1', '169.254.169.254', '[::1]', 'x.internal']) {
      expect(judge(`https://${host}/`, by)).not.toBe('allowed');
    }
  });

  it('are no hosts where the operator names none', () => {
    expect(judge('https://example.com/', rules({}, []))).toMatch(/none is taken$/);
  });

  it('are not all told where they are many', () => {
    const hosts = Array.from({ length: 50 }, (_, at) => `h${at}.example.com`);

    expect(judge('https://other.net/', rules({ hosts }))).toMatch(/h9\.example\.com and 40 more$/);
  });
});

describe('where only registered URLs are taken', () => {
  it.each([
    'https://a.example.com:8443/one',
    'https://a.example.com:8443/another?path=1',
    'https://B.example.com./',
    'https://a.example.com.:8443',
    'https://b.example.com:443/',
    'https://default.example.com/other',
  ])('%s is taken: path and query are free', (url) => {
    expect(judge(url, rules(REGISTERED))).toBe('allowed');
  });

  it.each([
    ['another port', 'https://a.example.com/one'],
    ['another scheme', 'http://b.example.com/two'],
    ['another host', 'https://c.example.com/'],
    ['a host that begins alike', 'https://b.example.com.evil.net/'],
  ])('%s is refused', (_, url) => {
    expect(judge(url, rules(REGISTERED))).toMatch(
      /is not the origin of a registered URL; taken are https:\/\/a\.example\.com:8443, https:\/\/b\.example\.com, https:\/\/default\.example\.com$/,
    );
  });

  it('none is taken where none is registered', () => {
    expect(judge('https://a.example.com/', rules({ onlyRegistered: true }))).toMatch(
      /none is taken$/,
    );
  });

  it('the hosts hold besides', () => {
    const by = rules({ ...REGISTERED, hosts: ['b.example.com'] });

    expect(judge('https://a.example.com:8443/one', by)).toMatch(/callback settings/);
  });
});

describe('on a development machine', () => {
  it('loopback may be a host, but for our own ports', () => {
    const tenants = tenantPolicy({
      allowedNetworks: '127.0.0.0/8',
      ownPorts: [8000],
      publicUrl: 'http://localhost:8000',
    });
    const by = { tenantPolicy: tenants, policyHosts: ['127.0.0.1'], settings: {} };

    expect(judge('http://127.0.0.1:9000/hook', by)).toBe('allowed');
    expect(judge('http://127.1:9000/hook', by)).toBe('allowed');
    expect(judge('http://127.0.0.1:8000/hook', by)).not.toBe('allowed');
    expect(judge('http://127.0.0.2:9000/hook', by)).toMatch(/operator/);
  });
});

describe('whatever the URL is', () => {
  const url = fc
    .record({
      scheme: fc.constantFrom('http', 'https'),
      host: fc.constantFrom(
        'a.net',
        'b.net',
        'A.b.net',
        'b.net.',
        '1.1.1.1',
        '10.0.0.1',
        'localhost',
      ),
      port: fc.constantFrom('', ':443', ':8443'),
      path: fc.constantFrom('', '/', '/hook', '/?x=1', '#x'),
    })
    .map(({ scheme, host, port, path }) => `${scheme}://${host}${port}${path}`);

  it('rules only ever take away', () => {
    fc.assert(
      fc.property(url, url, (one, other) => {
        const hostname = new URL(other).hostname.replace(/\.$/, '');
        const strict = rules({ registered: [other], hosts: [hostname], onlyRegistered: true }, [
          hostname,
        ]);

        const [strictly, freely] = [judge(one, strict), judge(one, rules())];

        expect(freely === 'allowed' || strictly !== 'allowed').toBe(true);
        expect(judge(other, strict)).toBe(judge(other, rules()));
      }),
    );
  });
});
