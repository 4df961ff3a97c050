import { ProviderError } from '@app/errors';
import { create } from 'axios';
import { describe, expect, it } from 'vitest';
import { accountOf, FakeVendor, vendorsOf } from './testing/fake-vendor.js';
import { running } from './testing/workbench.js';
import { Vendors } from './vendors.js';

const fake = new FakeVendor();
const other = new FakeVendor('other');
const accounts = [
  accountOf(fake, 'fake:1'),
  accountOf(fake, 'fake:2'),
  accountOf(other, 'other:1'),
  accountOf(other, 'other:2'),
];

describe('Vendors', () => {
  it('know who is configured', () => {
    const vendors = vendorsOf(accountOf(fake, 'fake:1'));

    expect(vendors.isConfigured('fake')).toBe(true);
    expect(vendors.isConfigured('other')).toBe(false);
  });

  it('use the accounts of a vendor in turn', () => {
    const vendors = vendorsOf(...accounts);

    const chosen = [1, 2, 3, 4].map(() => vendors.choose('fake')?.id);

    expect(new Set(chosen.slice(0, 2))).toEqual(new Set(['fake:1', 'fake:2']));
    expect(chosen.slice(2)).toEqual(chosen.slice(0, 2));
  });

  it('use them in turn whatever is sent to other vendors in between', () => {
    const vendors = vendorsOf(...accounts);

    const chosen = [1, 2, 3, 4].map(() => [
      vendors.choose('fake')?.id,
      vendors.choose('other')?.id,
    ]);

    expect(new Set(chosen.map(([first]) => first)).size).toBe(2);
    expect(new Set(chosen.map(([, second]) => second)).size).toBe(2);
  });

  it('choose nobody for a vendor that is not configured', () => {
    expect(vendorsOf(...accounts).choose('absent')).toBeNull();
  });

  it('find the very account that a job was submitted under', () => {
    const vendors = vendorsOf(...accounts);

    expect(vendors.find('fake:2')).toBe(accounts[1]);
    expect(vendors.find('fake:gone')).toBeNull();
  });

  it('give no new work to an account that takes none, and ask for jobs under it', () => {
    const [closed, open] = [accountOf(fake, 'fake:closed'), accountOf(fake, 'fake:open')];
    const forgotten: string[] = [];
    const vendors = new Vendors(
      {
        ready: () => [open],
        all: () => [closed, open],
        find: (id) => [closed, open].find((one) => one.id === id) ?? null,
        forgetGone: (id) => forgotten.push(id),
        refresh: async () => undefined,
      },
      () => create(),
    );

    expect(vendors.find('fake:closed')).toBe(closed);
    expect(vendors.findForWork('fake:closed')).toBeNull();
    expect(vendors.findForWork('fake:open')).toBe(open);
    expect(vendors.idsOf('fake')).toEqual(['fake:open']);
    expect([vendors.choose('fake'), vendors.choose('fake')]).toEqual([open, open]);
    for (const status of [401, 403, 404, 500])
      vendors.afterError(
        accountOf(fake, `fake:${status}`),
        new ProviderError('no', { accepted: 'no', retryable: false, status }),
      );
    expect(forgotten).toEqual(['fake:401', 'fake:403']);
  });

  it('bring what is under way to its end when the last account takes no new work', () => {
    const closed = accountOf(fake, 'fake:closed');
    const vendors = new Vendors(
      {
        ready: () => [],
        all: () => [closed],
        find: () => closed,
        forgetGone: () => undefined,
        refresh: async () => undefined,
      },
      () => create(),
    );

    expect(vendors.isConfigured('fake')).toBe(false);
    expect(vendors.choose('fake')).toBeNull();
    expect(vendors.providerOf('fake')).toBe(fake);
    expect(vendors.baseUrlOf('fake')).toBe('https://fake.example');
  });

  it('know the base URL of a vendor', () => {
    const vendors = vendorsOf(...accounts);

    expect(vendors.baseUrlOf('other')).toBe('https://other.example');
    expect(vendors.baseUrlOf('absent')).toBe('');
  });

  it("open a vendor with the account's own settings and the call's signal", async () => {
    const [account = accountOf(fake, 'fake:1')] = accounts;
    const signal = running();

    const open = vendorsOf(account).open(account, 1_000, signal);

    expect(open).toMatchObject({ provider: fake, account });
    expect(open.context).toMatchObject({ baseUrl: 'https://fake.example', settings: {}, signal });
    expect(await open.context.credential()).toBe('key');
  });
});
