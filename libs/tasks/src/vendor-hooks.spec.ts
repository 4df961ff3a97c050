import { describe, expect, it } from 'vitest';
import { VendorHooks } from './vendor-hooks.js';

const NEW = Buffer.alloc(32, 1);
const OLD = Buffer.alloc(32, 2);

const hooks = (
  publicUrl = 'https://gate.example/',
  secrets: readonly [Buffer, ...Buffer[]] = [NEW],
  vendorUrl = 'https://api.vendor.example',
): VendorHooks => new VendorHooks(publicUrl, secrets, { baseUrlOf: () => vendorUrl });

describe('VendorHooks', () => {
  it('gives a URL whose proof it takes again', () => {
    const url = hooks().urlFor('bfl', 'at-1') ?? '';
    const [, provider = '', attemptId = '', mac = ''] = new URL(url).pathname.split('/').slice(1);

    expect(url).toMatch(/^https:\/\/gate\.example\/hooks\/bfl\/at-1\/[\w-]{32}$/);
    expect(hooks().verify({ provider, attemptId, mac })).toBe(true);
  });

  it.each([
    ['another attempt', { attemptId: 'at-2' }],
    ['another vendor', { provider: 'ark' }],
    ['a proof that is cut', { mac: 'x' }],
    ['no proof', { mac: '' }],
    ['letters that are none', { mac: 'ß'.repeat(32) }],
  ])('refuses %s', (_, fields) => {
    const mac = hooks().sign('bfl', 'at-1');

    expect(hooks().verify({ provider: 'bfl', attemptId: 'at-1', mac, ...fields })).toBe(false);
  });

  it('still takes what an older master key signed', () => {
    const mac = hooks(undefined, [OLD]).sign('bfl', 'at-1');
    const claim = { provider: 'bfl', attemptId: 'at-1', mac };

    expect(hooks(undefined, [NEW, OLD]).verify(claim)).toBe(true);
    expect(hooks(undefined, [NEW]).verify(claim)).toBe(false);
  });

  it.each(['http://localhost:8000', 'http://127.0.0.1:8000', 'http://[::1]:8000'])(
    'gives no URL of %s to a vendor that is elsewhere',
    (publicUrl) => {
      expect(hooks(publicUrl).urlFor('bfl', 'at-1')).toBeNull();
      expect(hooks(publicUrl, [NEW], 'http://127.0.0.1:8100/bfl').urlFor('bfl', 'at-1')).toContain(
        `${publicUrl}/hooks/bfl/at-1/`,
      );
    },
  );
});
