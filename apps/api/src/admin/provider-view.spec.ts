import { type PooledAccount, providers } from '@app/providers';
import type { VendorsSeen } from '@app/tasks';
import { describe, expect, it } from 'vitest';
import { providerView } from './provider-view.js';

const NOW_S = 1_790_000_000;
const NOW_MS = NOW_S * 1_000;
const provider = providers.find(({ id }) => id === 'bfl');
if (!provider) throw new Error('no bfl');

const account = (id: string, weight: number): PooledAccount => ({
  id,
  provider,
  baseUrl: 'https://api.bfl.ai/v1',
  settings: {},
  limits: { inFlight: 20, submitsPerSecond: 1, checksPerSecond: 1 },
  weight,
  source: 'environment',
  label: 'BFL_API_KEY',
  credentialId: null,
  state: weight === 0 ? 'gone' : 'active',
  credential: async () => 'the-key-itself',
  reveal: () => 'the-key-itself',
});

const seen = (fields: Partial<VendorsSeen> = {}): VendorsSeen => ({
  now: new Date(NOW_MS),
  lanes: [],
  inFlight: new Map(),
  breakers: [],
  throttled: new Map(),
  troubles: new Map(),
  attempts: new Map(),
  ...fields,
});

const pool = [account('bfl:1', 3), account('bfl:2', 1), account('bfl:3', 0)];
const shown = (fields: Partial<VendorsSeen> = {}, requests = new Map<string, number>()) =>
  providerView(provider, { seen: seen(fields), pool, requests });

describe('providerView', () => {
  it('shows what is not configured as such', () => {
    const view = providerView(provider, { seen: seen(), pool: [], requests: new Map() });

    expect(view).toMatchObject({
      configured: false,
      accounts: [],
      waiting: 0,
      oldestWaiting: null,
    });
  });

  it('gives each key its share, and its own figures', () => {
    const view = shown(
      {
        inFlight: new Map([['bfl:1', 4]]),
        attempts: new Map([['bfl:1', { done: 2, failed: 1 }]]),
        throttled: new Map([
          ['bfl:2', { limit: 7, throttledAt: NOW_MS, coolUntil: NOW_MS + 9_000 }],
        ]),
      },
      new Map([['bfl:3', 2]]),
    );

    expect(view.accounts).toMatchObject([
      {
        id: 'bfl:1',
        share: 0.75,
        inFlight: 4,
        errorRate: 0.3333,
        limit: 20,
        limitNow: 20,
        restsUntil: null,
      },
      { id: 'bfl:2', share: 0.25, errorRate: null, limitNow: 7, restsUntil: NOW_S + 9 },
      { id: 'bfl:3', share: 0, state: 'gone', requestsInFlight: 2 },
    ]);
  });

  it('shows breakers and the vendor’s refusals, of its own alone', () => {
    const trouble = { since: NOW_MS, why: 'HTTP 401', probeAt: NOW_MS + 60_000, waitMs: 60_000 };
    const breaker = { failures: 5, openUntil: NOW_MS + 5_000, opened: 1 };
    const view = shown({
      breakers: [
        { provider: 'bfl', model: 'flux-2-pro', breaker },
        { provider: 'ark', model: 'seedance', breaker },
      ],
      troubles: new Map([
        ['bfl:1', trouble],
        ['bfl:1/flux-2-pro', trouble],
        ['bfl:10', trouble],
      ]),
    });

    expect(view.breakers).toEqual([
      { model: 'flux-2-pro', state: 'open', failures: 5, openUntil: NOW_S + 5 },
    ]);
    const told = { since: NOW_S, why: 'HTTP 401', nextLookAt: NOW_S + 60 };
    expect(view.accounts[0]?.troubles).toEqual([
      { model: null, ...told },
      { model: 'flux-2-pro', ...told },
    ]);
    expect(view.accounts[1]?.troubles).toEqual([]);
  });

  it('shows no key', () => {
    expect(JSON.stringify(shown())).not.toContain('the-key-itself');
  });
});
