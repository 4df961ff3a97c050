import { type PriceTable, shippedPrices } from '@app/prices';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../governor.js';
import { chat, post } from '../testing/judged.js';
import { NOTHING_OBSERVED, withFields } from '../token-usage.js';
import { askedCall } from './asked-call.js';
import type { BoundedCall, CostBound } from './bound.js';
import { costBound } from './cost-bound.js';
import { settle } from './settled-cost.js';

const WHOLE: Outcome = {
  status: 200,
  usage: NOTHING_OBSERVED,
  cut: false,
  callerLeft: false,
  bytesOut: 400,
};

/** An answer whose usage is as the upstream writes it. */
const answered = (usage: object, more: Readonly<Record<string, unknown>> = {}): Outcome => ({
  ...WHOLE,
  usage: withFields(NOTHING_OBSERVED, { ...more, usage }),
});

function settled(
  call: BoundedCall,
  outcome: Outcome,
  { table = shippedPrices, bound = null }: { table?: PriceTable; bound?: CostBound | null } = {},
) {
  return settle(askedCall(call, bound, table), outcome, { table, bound });
}

const responses = (model: string) => post('/v1/responses', { model, input: 'hi' });
const picture = (model: string) =>
  post('/v1/images/generations', { model, prompt: 'a cat', size: '1024x1024', quality: 'low' });

describe('a response in the background', () => {
  const call = post('/v1/responses', {
    model: 'gpt-5',
    input: 'hi',
    max_output_tokens: 500,
    background: true,
  });

  it('costs nobody knows what, and keeps the tokens that it may use', () => {
    const bound = costBound(call, shippedPrices);

    expect(settled(call, WHOLE)).toMatchObject({ nanoUsd: null, usage: { source: 'none' } });
    expect(settled(call, WHOLE, { bound }).tokens).toBe(bound.tokens);
  });

  it('is charged by its usage where the answer has it all the same', () => {
    const outcome = answered({ input_tokens: 10, output_tokens: 2 });

    expect(settled(call, outcome)).toMatchObject({ usage: { source: 'provider' }, tokens: 12 });
  });
});

describe('what a call came to', () => {
  it.each([
    [
      'chat, part of it cached',
      chat({ model: 'gpt-5.4-mini' }),
      {
        prompt_tokens: 1117,
        completion_tokens: 46,
        prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      93 * 750 + 1024 * 75 + 46 * 4_500,
    ],
    [
      'a dated model',
      chat({ model: 'gpt-4o-2024-08-06' }),
      { prompt_tokens: 10, completion_tokens: 2 },
      10 * 2_500 + 2 * 10_000,
    ],
    [
      'chat with sound',
      chat({ model: 'gpt-audio' }),
      {
        prompt_tokens: 100,
        completion_tokens: 60,
        prompt_tokens_details: { audio_tokens: 80, cached_tokens: 0 },
        completion_tokens_details: { audio_tokens: 50 },
      },
      20 * 2_500 + 80 * 32_000 + 10 * 10_000 + 50 * 64_000,
    ],
    [
      'a response, part of it written to the cache',
      responses('gpt-6-sol'),
      {
        input_tokens: 1000,
        input_tokens_details: { cached_tokens: 200, cache_write_tokens: 300 },
        output_tokens: 10,
        output_tokens_details: { reasoning_tokens: 8 },
      },
      500 * 2_000 + 200 * 200 + 300 * 2_500 + 10 * 10_000,
    ],
    [
      'a response with long input',
      responses('gpt-5.5'),
      { input_tokens: 272_001, input_tokens_details: { cached_tokens: 1 }, output_tokens: 2 },
      272_000 * 10_000 + 1_000 + 2 * 45_000,
    ],
    [
      'a response as long as short input goes',
      responses('gpt-5.5'),
      { input_tokens: 272_000, output_tokens: 0 },
      272_000 * 5_000,
    ],
    [
      'a cache without a discount of its own',
      responses('gpt-5-pro'),
      { input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, output_tokens: 1 },
      10 * 15_000 + 120_000,
    ],
    [
      'embeddings',
      post('/v1/embeddings', { model: 'text-embedding-3-small', input: 'a' }),
      { prompt_tokens: 8, total_tokens: 8 },
      160,
    ],
    [
      'a picture, with one that went in',
      picture('gpt-image-2.6-sunburst'),
      {
        input_tokens: 50,
        output_tokens: 200,
        input_tokens_details: { text_tokens: 10, image_tokens: 40 },
      },
      10 * 5_000 + 40 * 8_000 + 200 * 30_000,
    ],
    [
      'a picture with words about it',
      picture('gpt-image-1.5'),
      {
        input_tokens: 10,
        output_tokens: 200,
        output_tokens_details: { image_tokens: 150, text_tokens: 50 },
      },
      10 * 5_000 + 150 * 32_000 + 50 * 10_000,
    ],
    [
      'seconds of a recording',
      { method: 'POST', path: '/v1/audio/transcriptions', body: { ...judgedOf('whisper-1') } },
      { type: 'duration', seconds: 9 },
      9 * 100_000,
    ],
  ])('is, of %s, what it told at the price of each', (_, call, usage, nanoUsd) => {
    expect(settled(call, answered(usage))).toMatchObject({
      kind: 'charge',
      nanoUsd,
      usage: { source: 'provider' },
    });
  });

  it('tells each kind of token apart, whole', () => {
    const usage = {
      prompt_tokens: 9,
      completion_tokens: 7,
      prompt_tokens_details: { cached_tokens: 4, audio_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 5, audio_tokens: 2 },
    };

    expect(settled(chat(), answered(usage)).usage).toEqual({
      source: 'provider',
      tokensIn: 9,
      tokensOut: 7,
      tokensCached: 4,
      tokensReasoning: 5,
      tokensAudio: 3,
      unit: null,
      quantity: null,
    });
  });

  it.each([
    [
      'a model that no list has',
      chat({ model: 'llama' }),
      { prompt_tokens: 1, completion_tokens: 1 },
      {},
    ],
    [
      'sound of a model of text',
      chat(),
      { prompt_tokens: 1, completion_tokens: 1, completion_tokens_details: { audio_tokens: 1 } },
      {},
    ],
    [
      'a tier that is not listed',
      chat(),
      { prompt_tokens: 1, completion_tokens: 1 },
      { service_tier: 'priority' },
    ],
  ])('is unknown, never 0, of %s', (_, call, usage, more) => {
    expect(settled(call, answered(usage, more))).toMatchObject({
      kind: 'charge',
      nanoUsd: null,
      usage: { source: 'provider' },
    });
  });

  it('is its bound where it was let through on one and the price turns out unknown', () => {
    const call = chat({ max_tokens: 10 });
    const bound = costBound(call, shippedPrices);
    const outcome = answered(
      { prompt_tokens: 1, completion_tokens: 1 },
      { service_tier: 'priority' },
    );

    expect(settled(call, outcome, { bound })).toMatchObject({
      nanoUsd: bound.nanoUsd,
      usage: { source: 'estimated' },
    });
  });

  it('is 0 where an operator says so', () => {
    const row = { model: 'own', per: 1_000_000, usd: 0, mark: 'O', source: 'ours' };
    const prices = [
      { ...row, unit: 'text-in-token' as const },
      { ...row, unit: 'text-out-token' as const },
    ];
    const table: PriceTable = { ...shippedPrices, prices, limits: [] };

    expect(
      settled(chat({ model: 'own' }), answered({ prompt_tokens: 5, completion_tokens: 5 }), {
        table,
      }).nanoUsd,
    ).toBe(0);
  });

  it.each([400, 401, 404, 429, 500, 503, 302])(
    'is nothing when the upstream answers %i',
    (status) => {
      expect(settled(chat(), { ...WHOLE, status })).toMatchObject({ kind: 'none', tokens: 0 });
    },
  );

  it('is nothing of what is free', () => {
    expect(settled({ method: 'GET', path: '/v1/models', body: null }, WHOLE).kind).toBe('none');
    expect(settled(post('/v1/moderations', { input: 'x' }), WHOLE).kind).toBe('none');
  });

  it('is estimated of a stream that tells no usage: by the bytes that went in and the events that came', () => {
    const call = chat({ stream: true });
    const outcome = { ...WHOLE, usage: { ...NOTHING_OBSERVED, events: 12 }, bytesOut: 5_000 };
    const tokensIn = Math.ceil((call.body?.bytes.length ?? 0) / 4);

    expect(settled(call, outcome)).toMatchObject({
      nanoUsd: tokensIn * 2_500 + 12 * 10_000,
      usage: { source: 'estimated', tokensIn, tokensOut: 12 },
      tokens: tokensIn + 12,
    });
  });

  it('is estimated of an answer that was cut, at most at what it could ask for', () => {
    const call = chat({ max_tokens: 5 });

    expect(settled(call, { ...WHOLE, cut: true, bytesOut: 9_000 }).usage).toMatchObject({
      source: 'estimated',
      tokensOut: 5,
    });
  });

  it('is what went in when the caller did not wait, and a loss when the upstream never answered', () => {
    const gone = { ...WHOLE, status: null, cut: true, bytesOut: 0 };
    const call = chat();
    const input = Math.ceil((call.body?.bytes.length ?? 0) / 4) * 2_500;

    expect(settled(call, { ...gone, callerLeft: true })).toMatchObject({
      kind: 'charge',
      nanoUsd: input,
    });
    expect(settled(call, gone)).toMatchObject({ kind: 'lost', nanoUsd: input });
  });

  it('is by the character of speech, and by what is listed of a picture that tells no usage', () => {
    const speech = post('/v1/audio/speech', { model: 'tts-1', input: 'héllo' });

    expect(settled(speech, WHOLE)).toMatchObject({
      nanoUsd: 5 * 15_000,
      usage: { source: 'estimated' },
    });
    expect(settled(picture('gpt-image-2'), WHOLE).nanoUsd).toBeGreaterThanOrEqual(6_000_000);
    expect(settled(picture('gpt-image-2.6-flare'), WHOLE)).toMatchObject({
      nanoUsd: null,
      usage: { source: 'none' },
    });
  });

  it('is unknown of a transcription that tells nothing', () => {
    const call = { method: 'POST', path: '/v1/audio/transcriptions', body: null };

    expect(settled(call, WHOLE)).toMatchObject({
      kind: 'charge',
      nanoUsd: null,
      usage: { source: 'none' },
    });
  });
});

const MODELS = ['gpt-4o', 'gpt-5.5', 'gpt-6-sol', 'gpt-audio', 'gpt-5-pro', 'gpt-5-nano', 'o1-pro'];

describe('a call that uses no more than it may', () => {
  it('never costs more than its bound, whatever kinds of tokens it used', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    const arbitrary = fc.record({
      model: fc.constantFrom(...MODELS),
      n: fc.integer({ min: 1, max: 4 }),
      max: fc.integer({ min: 1, max: 20_000 }),
      length: fc.nat(600_000),
      parts: fc.tuple(part, part, part, part, part, part),
      told: fc.boolean(),
    });

    fc.assert(
      fc.property(arbitrary, ({ model, n, max, length, parts, told }) => {
        const call = chat({ model, n, max_tokens: max, user: 'x'.repeat(length) });
        const bound = costBound(call, shippedPrices);
        const tokensOut = Math.floor((bound.tokensOut ?? 0) * parts[0]);
        const tokensIn = Math.floor(((bound.tokens ?? 0) - (bound.tokensOut ?? 0)) * parts[1]);
        const usage = {
          ...NOTHING_OBSERVED,
          tokensIn,
          tokensOut,
          tokensCached: Math.floor(tokensIn * parts[2]),
          tokensCacheWrite: Math.floor(tokensIn * parts[3]),
          audioIn: model === 'gpt-audio' ? Math.floor(tokensIn * parts[4]) : 0,
          audioOut: model === 'gpt-audio' ? Math.floor(tokensOut * parts[5]) : 0,
        };
        const seen = told ? usage : { ...NOTHING_OBSERVED, events: tokensOut };

        const { nanoUsd, tokens } = settled(call, { ...WHOLE, usage: seen }, { bound });

        expect(nanoUsd).toBeLessThanOrEqual(bound.nanoUsd ?? -1);
        expect(Number.isSafeInteger(nanoUsd) && Number.isSafeInteger(tokens)).toBe(true);
        expect(tokens).toBeLessThanOrEqual(bound.tokens ?? -1);
      }),
      { numRuns: 300 },
    );
  });
});

function judgedOf(model: string) {
  const body = post('/', { model }).body;
  if (!body) throw new Error('a posted body is there');
  return body;
}
