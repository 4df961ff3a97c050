import { GatewayError } from '@app/errors';
import { PUBLIC_ONLY } from '@app/outbound';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCallbackSettings } from './read-callback-settings.js';

const read = (body: object, policyHosts?: readonly string[]) =>
  readCallbackSettings(body, { tenantPolicy: PUBLIC_ONLY, policyHosts });

const HOOK = 'https://a.example.com/hook';
const many = (count: number, make: (at: number) => string): string[] =>
  Array.from({ length: count }, (_, at) => make(at));

describe('callback settings', () => {
  it.each([
    ['nothing', {}, {}],
    ['nothing in words', { default: null, registered: [], hosts: [], onlyRegistered: false }, {}],
    [
      'null for everything',
      { default: null, registered: null, hosts: null, onlyRegistered: null },
      {},
    ],
    ['a default', { default: { url: HOOK } }, { default: { url: HOOK, when: 'final' } }],
    [
      'a default for all changes',
      { default: { url: HOOK, when: 'all' } },
      { default: { url: HOOK, when: 'all' } },
    ],
    [
      'hosts, each once',
      { hosts: ['*.EXAMPLE.com', '*.example.com.'] },
      { hosts: ['*.example.com'] },
    ],
    [
      'only registered ones',
      { registered: [HOOK], onlyRegistered: true },
      { registered: [HOOK], onlyRegistered: true },
    ],
    [
      'only the default',
      { default: { url: HOOK }, onlyRegistered: true },
      { default: { url: HOOK, when: 'final' }, onlyRegistered: true },
    ],
    [
      'as many as there may be',
      {
        registered: many(20, (at) => `${HOOK}${at}`),
        hosts: many(49, (at) => `h${at}.net`).concat('*.example.com'),
      },
      {
        registered: many(20, (at) => `${HOOK}${at}`),
        hosts: many(49, (at) => `h${at}.net`).concat('*.example.com'),
      },
    ],
  ])('take %s', (_, body, settings) => {
    expect(read(body)).toEqual(settings);
  });

  it.each<[object, string, RegExp]>([
    [{ url: HOOK }, 'url', /taken are default, registered, hosts, onlyRegistered/],
    [{ toString: 1 }, 'toString', /not a field/],
    [{ default: HOOK }, 'default', /takes an object with url.*not "https:/],
    [{ default: [] }, 'default', /takes an object/],
    [{ default: {} }, 'default.url', /takes an http or https URL, not nothing/],
    [{ default: { url: null } }, 'default.url', /not null/],
    [{ default: { url: 'http://127.0.0.1/' } }, 'default.url', /is not taken: .*public internet/],
    [{ default: { url: HOOK, when: 'never' } }, 'default.when', /takes final or all, not "never"/],
    [{ default: { url: HOOK, when: true } }, 'default.when', /not true/],
    [{ default: { url: HOOK, secret: 'x' } }, 'default.secret', /taken are url, when/],
    [{ default: { constructor: 1 } }, 'default.constructor', /not a field/],
    [{ registered: HOOK }, 'registered', /takes a list of at most 20 URLs, not "https:/],
    [{ registered: { 0: HOOK, length: 1 } }, 'registered', /takes a list/],
    [{ registered: many(21, () => HOOK) }, 'registered', /at most 20 URLs, not 21/],
    [{ registered: [HOOK, HOOK, 'nope'] }, 'registered[2]', /is not taken: the URL must begin/],
    [{ registered: [HOOK, 7] }, 'registered[1]', /not 7/],
    [{ registered: [`${HOOK}#a`] }, 'registered[0]', /fragment/],
    [{ registered: ['https://localhost/'] }, 'registered[0]', /localhost/],
    [{ registered: [`https://a.example.com/${'x'.repeat(2048)}`] }, 'registered[0]', /2048/],
    [{ hosts: 'example.com' }, 'hosts', /takes a list of at most 50 hosts, not "example/],
    [{ hosts: many(51, (at) => `h${at}.net`) }, 'hosts', /at most 50 hosts, not 51/],
    [{ hosts: ['example.com', '*'] }, 'hosts[1]', /\* that is not its first label: "\*"; it takes/],
    [{ hosts: ['example.com:80'] }, 'hosts[0]', /has a port/],
    [{ hosts: ['https://example.com'] }, 'hosts[0]', /has a scheme/],
    [{ hosts: ['10.0.0.0/8'] }, 'hosts[0]', /network mask/],
    [{ hosts: [null] }, 'hosts[0]', /not null/],
    [
      { hosts: ['b.net'], default: { url: HOOK } },
      'default.url',
      /among the hosts of the callback/,
    ],
    [{ hosts: ['b.net'], registered: [HOOK] }, 'registered[0]', /taken are b\.net/],
    [{ onlyRegistered: 'yes' }, 'onlyRegistered', /takes true or false, not "yes"/],
    [{ onlyRegistered: 1 }, 'onlyRegistered', /takes true or false/],
    [{ onlyRegistered: true }, 'onlyRegistered', /only with a registered URL or a default/],
    [{ onlyRegistered: true, hosts: ['b.net'] }, 'onlyRegistered', /only with/],
  ])('refuse %j, naming %s', (body, param, message) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        param,
        message: expect.stringMatching(message),
      }),
    );
  });

  it.each([
    [{ default: { url: HOOK } }, 'default.url'],
    [{ registered: ['https://b.net/', HOOK] }, 'registered[1]'],
  ])('refuse %j under an operator who allows another host', (body, param) => {
    expect(() => read(body, ['b.net'])).toThrow(
      expect.objectContaining({
        param,
        message: expect.stringMatching(/operator allows; taken are b\.net/),
      }),
    );
  });

  it('are read alike once they were taken, or refused with the field', () => {
    const url = fc.constantFrom('https://a.net/x', 'http://b.net:81', 'http://10.0.0.1/', 'nope');
    const host = fc.constantFrom('a.net', '*.net', 'B.NET.', '1.1.1.1', '*', 'a:1');
    const body = fc.record(
      {
        default: fc.oneof(
          fc.record({ url: url, when: fc.constantFrom('all', 'final') }),
          fc.jsonValue(),
        ),
        registered: fc.oneof(fc.array(url), fc.jsonValue()),
        hosts: fc.oneof(fc.array(host), fc.jsonValue()),
        onlyRegistered: fc.oneof(fc.boolean(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(body, (given) => {
        const first = attempt(given);

        expect(attempt(first.settings ?? given)).toEqual(first);
        expect(first.settings ?? first.refused).toBeInstanceOf(
          first.settings ? Object : GatewayError,
        );
      }),
    );
  });
});

function attempt(body: object): { readonly settings?: object; readonly refused?: unknown } {
  try {
    return { settings: read(body) };
  } catch (error) {
    return { refused: error };
  }
}
