import { describe, expect, it } from 'vitest';
import { UpstreamAccounts } from './upstream-accounts.js';

describe('UpstreamAccounts', () => {
  it('spreads exchanges over the keys and counts those in flight', () => {
    const accounts = new UpstreamAccounts({ reveal: () => ' a, b ,,' });

    const first = accounts.take();
    const second = accounts.take();
    first.release();

    expect([first.key, second.key]).toEqual(['a', 'b']);
    expect(accounts.take().key).toBe('a');
  });

  it('lets a refused key rest for as long as the upstream asks', () => {
    let now = 0;
    const accounts = new UpstreamAccounts({ reveal: () => 'a,b' }, () => now);
    const refused = accounts.take();
    refused.rest(2_000);
    refused.release();

    const meanwhile = [accounts.take().key, accounts.take().key];
    now = 2_000;

    expect(meanwhile).toEqual(['b', 'b']);
    expect(accounts.take().key).toBe('a');
  });

  it.each([
    ['5 s where the upstream names no time', null, 5_000],
    ['a minute where it asks for days', 86_400_000, 60_000],
  ])('lets a refused key rest for %s', (_, retryAfterMs, restMs) => {
    let now = 0;
    const accounts = new UpstreamAccounts({ reveal: () => 'a,b' }, () => now);
    accounts.take().rest(retryAfterMs);
    const busy = [accounts.take(), accounts.take()];

    now = restMs - 1;
    expect(accounts.take().key).toBe('b');
    now = restMs;
    expect(accounts.take().key).toBe('a');
    expect(busy.map((lease) => lease.key)).toEqual(['b', 'b']);
  });

  it('follows a secret that rotates', () => {
    let secret = 'old';
    const accounts = new UpstreamAccounts({ reveal: () => secret });
    const open = accounts.take();

    secret = 'new';

    expect(accounts.take().key).toBe('new');
    expect(() => open.release()).not.toThrow();
  });

  it('says what is missing where there is no key', () => {
    const accounts = new UpstreamAccounts({ reveal: () => ' ,' });

    expect(() => accounts.take()).toThrow(
      expect.objectContaining({
        code: 'SERVICE_UNAVAILABLE',
        message: expect.stringContaining('OPENAI_API_KEY'),
      }),
    );
  });
});
