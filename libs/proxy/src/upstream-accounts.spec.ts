import { describe, expect, it } from 'vitest';
import { keysOf } from './testing/keys-of.js';
import { UpstreamAccounts } from './upstream-accounts.js';

describe('UpstreamAccounts', () => {
  it('spreads exchanges over the keys and counts those in flight', () => {
    const accounts = new UpstreamAccounts({ keys: () => keysOf('a', 'b') });

    const first = accounts.take();
    const second = accounts.take();
    first.release();

    expect([first.key, second.key]).toEqual(['a', 'b']);
    expect(accounts.take().key).toBe('a');
  });

  it('lets a refused key rest for as long as the upstream asks', () => {
    let now = 0;
    const accounts = new UpstreamAccounts({ keys: () => keysOf('a', 'b'), now: () => now });
    const refused = accounts.take();
    refused.answered(429, 2_000);
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
    const accounts = new UpstreamAccounts({ keys: () => keysOf('a', 'b'), now: () => now });
    accounts.take().answered(401, retryAfterMs);
    const busy = [accounts.take(), accounts.take()];

    now = restMs - 1;
    expect(accounts.take().key).toBe('b');
    now = restMs;
    expect(accounts.take().key).toBe('a');
    expect(busy.map((lease) => lease.key)).toEqual(['b', 'b']);
  });

  it('follows a secret that rotates', () => {
    let secret = 'old';
    const accounts = new UpstreamAccounts({ keys: () => keysOf(secret) });
    const open = accounts.take();

    secret = 'new';

    expect(accounts.take().key).toBe('new');
    expect(accounts.inFlight()).toEqual(
      new Map(Object.entries({ 'id-of-old': 1, 'id-of-new': 1 })),
    );
    open.release();
    accounts.take();
    expect([...accounts.inFlight().keys()]).toEqual(['id-of-new']);
  });

  it('gives each key its share of the requests', () => {
    const keys = keysOf('a', 'b').map((key, index) => ({
      ...key,
      weight: index === 0 ? 0.9 : 0.1,
    }));
    const accounts = new UpstreamAccounts({ keys: () => keys });

    const taken = Array.from({ length: 100 }, () => {
      const lease = accounts.take();
      lease.release();
      return lease.key;
    });

    expect(taken.filter((key) => key === 'b')).toHaveLength(10);
  });

  it.each([
    [401, ['id-of-a']],
    [403, ['id-of-a']],
    [429, []],
    [400, []],
  ])('tells of a key that is refused: HTTP %i', (status, told) => {
    const refused: string[] = [];
    const accounts = new UpstreamAccounts({
      keys: () => keysOf('a'),
      onRefused: (id) => refused.push(id),
    });

    accounts.take().answered(status, null);

    expect(refused).toEqual(told);
  });

  it('says what is missing where there is no key', () => {
    const accounts = new UpstreamAccounts({ keys: () => [] });

    expect(() => accounts.take()).toThrow(
      expect.objectContaining({
        code: 'SERVICE_UNAVAILABLE',
        message: expect.stringContaining('OPENAI_API_KEY'),
      }),
    );
  });
});
