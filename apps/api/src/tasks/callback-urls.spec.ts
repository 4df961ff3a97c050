import { PUBLIC_ONLY } from '@app/outbound';
import type { CallbackRules } from '@app/tenants';
import { describe, expect, it } from 'vitest';
import { type AskedCallback, CallbackUrls } from './callback-urls.js';

const urls = new CallbackUrls(PUBLIC_ONLY);

const OWN = 'https://own.example.com/hook';
const DEFAULT = { url: 'https://default.example.com/hook', when: 'all' } as const;

const NOTHING_SET: CallbackRules = { policy: {}, callbacks: {} };
const WITH_DEFAULT: CallbackRules = { policy: {}, callbacks: { default: DEFAULT } };

describe('the callback of a new task', () => {
  it.each<[string, AskedCallback | undefined, CallbackRules, object | null]>([
    ['none, where nobody names one', undefined, NOTHING_SET, null],
    ['none, where none is wanted', null, NOTHING_SET, null],
    ['the default, where it names none', undefined, WITH_DEFAULT, DEFAULT],
    ['the default, where it says nothing', {}, WITH_DEFAULT, DEFAULT],
    ['none, where none is wanted although there is a default', null, WITH_DEFAULT, null],
    [
      'the default’s URL at its own time',
      { when: 'final' },
      WITH_DEFAULT,
      { url: DEFAULT.url, when: 'final' },
    ],
    ['its own URL, at the end', { url: OWN }, NOTHING_SET, { url: OWN, when: 'final' }],
    [
      'its own URL, at the end, whatever the default says',
      { url: OWN },
      WITH_DEFAULT,
      { url: OWN, when: 'final' },
    ],
    [
      'its own URL, at the end, where `when` is null',
      { url: OWN, when: null },
      WITH_DEFAULT,
      { url: OWN, when: 'final' },
    ],
    [
      'its own URL at its own time',
      { url: OWN, when: 'all' },
      NOTHING_SET,
      { url: OWN, when: 'all' },
    ],
  ])('is %s', (_, asked, tenant, callback) => {
    expect(urls.choose(asked, tenant)).toEqual(callback);
  });

  it.each<[string, AskedCallback, CallbackRules, RegExp]>([
    [
      'its URL is forbidden',
      { url: 'http://10.0.0.1/' },
      NOTHING_SET,
      /^callback\.url is not taken: .*public internet/,
    ],
    [
      'it names no URL and there is no default',
      { when: 'all' },
      NOTHING_SET,
      /you have no default/,
    ],
    ['it says nothing and there is no default', {}, NOTHING_SET, /you have no default/],
    [
      'its host is not the operator’s',
      { url: OWN },
      { policy: { callbackHosts: ['b.net'] }, callbacks: {} },
      /operator allows; taken are b\.net\.$/,
    ],
    [
      'its host is not the tenant’s',
      { url: OWN },
      { policy: {}, callbacks: { hosts: ['b.net'] } },
      /callback settings; taken are b\.net\.$/,
    ],
    [
      'it is not registered',
      { url: OWN },
      { policy: {}, callbacks: { default: DEFAULT, onlyRegistered: true } },
      /taken are https:\/\/default\.example\.com\.$/,
    ],
  ])('is refused where %s', (_, asked, tenant, message) => {
    expect(() => urls.choose(asked, tenant)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        param: 'callback.url',
        message: expect.stringMatching(message),
      }),
    );
  });

  it('is refused, saying how to mend it, where the default is not taken any more', () => {
    const tenant = { ...WITH_DEFAULT, policy: { callbackHosts: ['b.net'] } };

    expect(() => urls.choose(undefined, tenant)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        param: 'callback',
        message:
          'callback: your default URL is not taken any more: default.example.com is not among the hosts that the operator allows; taken are b.net. PUT /v1/callback-urls changes it; "callback": null makes a task without one.',
      }),
    );
    expect(urls.choose(null, tenant)).toBeNull();
  });

  it('is judged as a check judges it', () => {
    const tenant = { policy: { callbackHosts: ['*.example.com'] }, callbacks: {} };

    expect(urls.judge(OWN, tenant)).toEqual({ allowed: true, reason: null });
    expect(urls.judge('https://b.net/', tenant)).toEqual({
      allowed: false,
      reason: 'b.net is not among the hosts that the operator allows; taken are *.example.com',
    });
  });
});
