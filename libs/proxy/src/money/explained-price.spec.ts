import { shippedPrices } from '@app/prices';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../governor.js';
import { chat, post } from '../testing/judged.js';
import { NOTHING_OBSERVED, type ObservedUsage } from '../token-usage.js';
import { askedCall } from './asked-call.js';
import type { BoundedCall } from './bound.js';
import { costBound } from './cost-bound.js';
import { explainedPrice } from './explained-price.js';
import { settle } from './settled-cost.js';

const WHOLE: Outcome = {
  status: 200,
  usage: NOTHING_OBSERVED,
  cut: false,
  callerLeft: false,
  bytesOut: 400,
};

/** How it was settled, and how that is explained. */
function priced(call: BoundedCall, outcome: Partial<Outcome>, isBounded = false) {
  const table = shippedPrices;
  const bound = isBounded ? costBound(call, table) : null;
  const settlement = settle(
    askedCall(call, bound, table),
    { ...WHOLE, ...outcome },
    { table, bound },
  );
  return { settlement, price: explainedPrice(settlement, table.version) };
}

const used = (usage: Partial<ObservedUsage>) => ({ usage: { ...NOTHING_OBSERVED, ...usage } });

/** A decimal in USD as whole nano-USD, by its digits alone. */
function nanoOf(usd: string): bigint {
  const [whole = '', fraction = ''] = usd.replace('-', '').split('.');
  const nano = BigInt(whole + fraction.padEnd(9, '0'));
  return usd.startsWith('-') ? -nano : nano;
}

describe('the price of a call', () => {
  it('is told line by line, each kind of token at its own price', () => {
    const call = chat({ model: 'gpt-5.4-mini' });

    const { price } = priced(
      call,
      used({ tokensIn: 1117, tokensOut: 46, tokensCached: 1024, tokensReasoning: 20 }),
    );

    expect(price).toEqual({
      version: shippedPrices.version,
      lines: [
        { unit: 'text-in-token', units: 93, usdPerUnit: '0.00000075', usd: '0.00006975' },
        { unit: 'text-in-cached-token', units: 1024, usdPerUnit: '0.000000075', usd: '0.0000768' },
        { unit: 'text-out-token', units: 46, usdPerUnit: '0.0000045', usd: '0.000207' },
      ],
      usd: '0.00035355',
      source: 'provider',
    });
  });

  it('is rounded down on each line, so that the lines add up', () => {
    const { price } = priced(
      post('/v1/embeddings', { model: 'text-embedding-3-small', input: 'hi' }),
      used({ tokensIn: 1 }),
    );
    const cheap = priced(chat({ model: 'gpt-5-nano' }), used({ tokensIn: 3, tokensCached: 1 }));

    expect(price).toMatchObject({ usd: '0.00000002' });
    expect(cheap.price?.lines).toEqual([
      { unit: 'text-in-token', units: 2, usdPerUnit: '0.00000005', usd: '0.0000001' },
      { unit: 'text-in-cached-token', units: 1, usdPerUnit: '0.000000005', usd: '0.000000005' },
    ]);
  });

  it('says where it rests on an estimate, and where it is unknown', () => {
    const { price } = priced(chat(), { usage: { ...NOTHING_OBSERVED, events: 9 } });
    const speech = post('/v1/audio/speech', { model: 'gpt-5.3', input: 'hi' });

    expect(price).toMatchObject({ source: 'estimated' });
    expect(price?.lines).toContainEqual(
      expect.objectContaining({ unit: 'text-out-token', units: 9 }),
    );
    expect(priced(speech, {}).price).toMatchObject({
      lines: [{ unit: 'character', units: 2, usdPerUnit: null, usd: null }],
      usd: null,
    });
  });

  it('is what it was let through for where nobody knows what was used', () => {
    const call = post('/v1/images/generations', {
      model: 'gpt-image-2',
      prompt: 'a cat',
      size: '1024x1024',
      quality: 'low',
    });
    const { settlement, price } = priced(
      call,
      { usage: { ...NOTHING_OBSERVED, tokensIn: 5, serviceTier: 'never heard of' } },
      true,
    );

    const bound = costBound(call, shippedPrices).nanoUsd ?? 0;
    expect(settlement.nanoUsd).toBe(bound);
    expect(price?.lines).toEqual([
      expect.objectContaining({ unit: 'text-in-token', usd: null }),
      { unit: 'bound', units: 1, usdPerUnit: null, usd: price?.usd },
    ]);
  });

  it.each<[string, BoundedCall, Partial<Outcome>]>([
    ['an error of the upstream', chat(), { status: 500 }],
    ['a read', { method: 'GET', path: '/v1/models', body: null }, {}],
    ['an answer that never came', chat(), { status: null, cut: true }],
  ])('is not told of %s, which is charged nothing', (_, call, outcome) => {
    expect(priced(call, outcome).price).toBeNull();
  });

  it('adds up to what the tenant is charged, whatever was used', () => {
    const count = fc.nat(300_000);
    const arbitrary = fc.record({
      model: fc.constantFrom('gpt-4o', 'gpt-5-nano', 'gpt-6-sol', 'gpt-audio', 'no-such-model'),
      usage: fc.record({
        tokensIn: fc.option(count),
        tokensOut: fc.option(count),
        tokensCached: fc.option(count),
        tokensCacheWrite: fc.option(count),
        audioIn: fc.option(count),
        events: fc.nat(500),
      }),
      isBounded: fc.boolean(),
    });

    fc.assert(
      fc.property(arbitrary, ({ model, usage, isBounded }) => {
        const call = chat({ model, max_tokens: 100 });
        const { settlement, price } = priced(call, used(usage), isBounded);

        const { usd = null, lines = [] } = price ?? {};
        const charged = settlement.nanoUsd === null ? null : BigInt(settlement.nanoUsd);
        expect(usd && nanoOf(usd)).toBe(charged);
        const sum = lines.reduce((all, line) => all + nanoOf(line.usd ?? '0'), 0n);
        expect(charged === null ? null : sum).toBe(charged);
        for (const { units, usdPerUnit } of lines) {
          expect(Number.isSafeInteger(units)).toBe(true);
          expect(usdPerUnit ?? '0').toMatch(/^\d+(\.\d*[1-9])?$/);
        }
      }),
      { numRuns: 300 },
    );
  });
});
