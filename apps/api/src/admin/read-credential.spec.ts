import { GatewayError } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { readCredential } from './read-credential.js';

const ALL = ['provider', 'label', 'secret', 'weight', 'baseUrl', 'stepSeconds'] as const;
const GIVEN = { provider: 'bfl', label: 'second', secret: 'a-key-of-the-vendor' };
const read = (body: unknown) => readCredential(body, ALL, ['provider', 'label', 'secret']);

function refusalOf(body: unknown): GatewayError {
  try {
    read(body);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('It was taken');
}

describe('readCredential', () => {
  it('takes every field, and an address without its trailing slashes', () => {
    const more = { weight: 0.5, baseUrl: 'https://eu.example/v1//', stepSeconds: 5 };

    expect(read({ ...GIVEN, ...more })).toEqual({
      ...GIVEN,
      ...more,
      baseUrl: 'https://eu.example/v1',
    });
  });

  it('leaves out what is absent', () => {
    expect(read(GIVEN)).toEqual(GIVEN);
  });

  it.each<[string, unknown]>([
    ['provider', 7],
    ['label', ''],
    ['label', 'a\nb'],
    ['label', 'x'.repeat(129)],
    ['secret', 'short'],
    ['secret', 'with a space in it'],
    ['secret', 'line\r\nx-injected: 1'],
    ['secret', 'ключ-не-ascii'],
    ['secret', 'k'.repeat(8193)],
    ['secret', null],
    ['weight', 0],
    ['weight', 1001],
    ['weight', '1'],
    ['weight', Number.NaN],
    ['baseUrl', 'ftp://vendor.example'],
    ['baseUrl', 'vendor.example'],
    ['baseUrl', 'https://user:password@vendor.example'],
    ['baseUrl', 'https://vendor.example/?key=1'],
    ['baseUrl', 'https://vendor.example/#x'],
    ['baseUrl', 'https:\\\\vendor.example'],
    ['baseUrl', `https://vendor.example/${'x'.repeat(2048)}`],
    ['stepSeconds', 0],
    ['stepSeconds', 1.5],
    ['stepSeconds', 86_401],
    ['wieght', 1],
  ])('refuses %s of %o, and names it', (name, value) => {
    expect(refusalOf({ ...GIVEN, [name]: value })).toMatchObject({
      code: 'INVALID_REQUEST',
      param: name,
    });
  });

  it.each(['provider', 'label', 'secret'] as const)('says that %s is missing', (name) => {
    const { [name]: _, ...rest } = GIVEN;

    expect(refusalOf(rest)).toMatchObject({
      param: name,
      message: expect.stringContaining('missing'),
    });
  });

  it('never shows a secret in its refusal, nor the password of an address', () => {
    const bad = refusalOf({ ...GIVEN, secret: 'hunter2 with a space' });
    const url = refusalOf({ ...GIVEN, baseUrl: 'https://user:hunter2@vendor.example' });

    expect(bad.message + url.message).not.toContain('hunter2');
  });

  it.each([null, [], 'text', 1, undefined])('refuses the body %o', (body) => {
    expect(refusalOf(body)).toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
