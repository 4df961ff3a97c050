import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen, type LoopbackServer } from '../testing/loopback.js';
import { LiveUpstreams } from './live-upstreams.js';
import type { StoredUpstream } from './routing-store.js';
import type { LiveUpstream } from './upstreams.js';

const BASE_URL = 'https://second.example/v1';

/** Sealed by a seal of paper: the key itself. */
const stored = (secret: string | null, more: Partial<StoredUpstream> = {}): StoredUpstream => ({
  name: 'second',
  baseUrl: BASE_URL,
  weight: 1,
  injectUsage: true,
  sealed: secret === null ? null : { keyId: 'paper', box: Buffer.from(secret) },
  createdAt: new Date(0),
  changedAt: new Date(0),
  ...more,
});

let nowMs: number;
let unusable: string[];
let live: LiveUpstreams;
beforeEach(() => {
  nowMs = 1_000_000;
  unusable = [];
  live = new LiveUpstreams({
    open: (_, { keyId, box }) => {
      if (keyId !== 'paper') throw new Error('sealed with another');
      return Buffer.from(box).toString('utf8');
    },
    onUnusable: (name) => unusable.push(name),
    now: () => nowMs,
  });
});
afterEach(async () => await live.close());

function only(upstreams: readonly StoredUpstream[]): LiveUpstream {
  const [one] = live.of(upstreams);
  if (!one) throw new Error('There is none');
  return one;
}

const idsOf = ({ accounts }: LiveUpstream): readonly string[] => [...accounts.inFlight().keys()];

describe('LiveUpstreams', () => {
  it('make a pool of an upstream’s keys, whose ids are the same in each process and tell nothing', () => {
    const { accounts } = only([stored('sk-one, sk-two')]);
    const keys = [accounts.take(), accounts.take()].map(({ key }) => key);

    expect(keys.toSorted()).toEqual(['sk-one', 'sk-two']);
    expect([...accounts.inFlight().keys()]).toEqual(['second:456f1612', 'second:5e312785']);
  });

  it('ask one without a secret without a key', () => {
    const one = only([stored(null)]);

    expect(one.accounts.take().key).toBe('');
    expect(idsOf(one)).toEqual(['second:none']);
  });

  it('keep connections and what is known of a key when weight, keys or switches change', () => {
    const before = only([stored('sk-one')]);
    before.accounts.take().answered(429, 30_000);
    const after = only([stored('sk-one,sk-two', { weight: 3, injectUsage: false })]);

    expect(after).toMatchObject({ weight: 3, injectUsage: false });
    expect(after.client).toBe(before.client);
    expect(after.accounts).toBe(before.accounts);
    expect(after.accounts.take().key).toBe('sk-two');
  });

  it('take a key out at once that is not stored any more', () => {
    const before = only([stored('sk-one')]);
    only([stored('sk-two')]);

    expect(before.accounts.take().key).toBe('sk-two');
  });

  it('begin anew at another address', () => {
    const before = only([stored('sk-one')]);
    const after = only([stored('sk-one', { baseUrl: 'https://elsewhere.example/v1' })]);

    expect(after.client).not.toBe(before.client);
    expect(after.accounts).not.toBe(before.accounts);
  });

  it('leave out what cannot be opened, and tell of it', () => {
    const odd = stored('x', { name: 'odd', sealed: { keyId: 'lost', box: Buffer.from('x') } });

    expect(live.of([odd, stored('sk-one')]).map(({ name }) => name)).toEqual(['second']);
    expect(unusable).toEqual(['odd']);
  });

  describe('that are removed', () => {
    let server: LoopbackServer;
    beforeEach(async () => {
      server = await listen((_, response) => response.end('{}'));
    });
    afterEach(async () => await server.close());

    const ask = async ({ client }: LiveUpstream) =>
      await client.forward({
        method: 'GET',
        path: '/v1/models',
        query: '',
        headers: [],
        body: null,
        signal: new AbortController().signal,
      });

    it('finish what runs, and are closed a while after', async () => {
      const one = only([stored('sk-one', { baseUrl: `${server.url}/v1` })]);
      const lease = one.accounts.take();
      live.of([]);
      nowMs += 3_600_000;
      await live.closeRetired();
      const answer = await ask(one);
      answer.body.resume();
      lease.release();
      await live.closeRetired();

      expect(answer.status).toBe(200);
      await expect(ask(one)).rejects.toThrow();
    });

    it('stay open for calls that were planned a moment before', async () => {
      const one = only([stored('sk-one', { baseUrl: `${server.url}/v1` })]);
      live.of([]);
      await live.closeRetired();
      const answer = await ask(one);
      answer.body.resume();

      expect(answer.status).toBe(200);
    });
  });
});
