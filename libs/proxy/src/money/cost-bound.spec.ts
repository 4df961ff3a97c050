import { shippedPrices } from '@app/prices';
import { describe, expect, it } from 'vitest';
import { chat, judged, post } from '../testing/judged.js';
import { costBound } from './cost-bound.js';

const boundOf = (call: Parameters<typeof costBound>[0]) => costBound(call, shippedPrices);
const bytesOf = (call: ReturnType<typeof chat>): number => call.body?.bytes.length ?? 0;
const message = (part: unknown) => ({ messages: [{ role: 'user', content: [part] }] });

describe('what a call may cost at most', () => {
  it('is a token in for every two bytes, and what was asked for out', () => {
    const call = chat({ max_completion_tokens: 100 });
    const tokensIn = Math.ceil(bytesOf(call) / 2);

    expect(boundOf(call)).toMatchObject({
      tokens: tokensIn + 100,
      nanoUsd: tokensIn * 2_500 + 100 * 10_000,
      gap: null,
    });
  });

  it('counts every choice', () => {
    expect(boundOf(chat({ max_tokens: 100, n: 3 })).tokensOut).toBe(300);
    expect(
      boundOf(post('/v1/completions', { model: 'gpt-4o', max_tokens: 10, best_of: 5 })).tokensOut,
    ).toBe(50);
  });

  it.each([
    ['texts', ['one', 'two', 'three'], 3],
    ['lists of tokens', [[1, 2], [3]], 2],
    ['one list of tokens', [1, 2, 3], 1],
    ['nothing', [], 1],
  ])('counts an answer for each prompt of %s', (_, prompt, prompts) => {
    const call = post('/v1/completions', { model: 'gpt-4o', max_tokens: 10, n: 2, prompt });

    expect(boundOf(call).tokensOut).toBe(20 * prompts);
  });

  it('takes a model at its most of input once for each prompt', () => {
    const prompt = ['x'.repeat(300_000), 'x'.repeat(300_000)];
    const call = post('/v1/completions', { model: 'gpt-4o', max_tokens: 1, prompt });

    expect(boundOf(call).tokens).toBe(256_002);
  });

  it('is what the model says at most where nothing was asked for, or more', () => {
    expect(boundOf(chat()).tokensOut).toBe(16_384);
    expect(boundOf(chat({ max_tokens: 1e12 })).tokensOut).toBe(16_384);
  });

  it('takes each direction at its highest price', () => {
    const call = chat({ model: 'gpt-audio', max_tokens: 10 });
    const tokensIn = Math.ceil(bytesOf(call) / 2);

    expect(boundOf(call).nanoUsd).toBe(tokensIn * 32_000 + 10 * 64_000);
    expect(boundOf(chat({ model: 'gpt-6-sol', max_tokens: 1 })).nanoUsd).toBe(
      Math.ceil(bytesOf(chat({ model: 'gpt-6-sol', max_tokens: 1 })) / 2) * 2_500 + 10_000,
    );
  });

  it('is at the prices of long input only where the input may be that long', () => {
    const long = chat({ model: 'gpt-5.5', max_tokens: 1, user: 'x'.repeat(544_100) });

    expect(boundOf(long).nanoUsd).toBe(Math.ceil(bytesOf(long) / 2) * 10_000 + 45_000);
  });

  it('is never for more than a model takes', () => {
    const call = chat({ max_tokens: 1, user: 'x'.repeat(1_000_000) });

    expect(boundOf(call).tokens).toBe(128_001);
  });

  it.each([
    ['a picture by its URL', message({ type: 'image_url', image_url: { url: 'https://a/b.png' } })],
    ['a picture by its id', { input: [{ type: 'input_image', file_id: 'file-1' }] }],
  ])('counts %s as so many tokens, because they are not among the bytes', (_, more) => {
    const call = chat({ max_tokens: 1, ...more });

    expect(boundOf(call).tokens).toBe(Math.ceil(bytesOf(call) / 2) + 50_001);
  });

  it('counts a picture that is in the body by its bytes', () => {
    const url = `data:image/png;base64,${'A'.repeat(1000)}`;
    const call = chat({ max_tokens: 1, ...message({ type: 'image_url', image_url: { url } }) });

    expect(boundOf(call).tokens).toBe(Math.ceil(bytesOf(call) / 2) + 1);
  });

  it.each([
    ['a document', message({ type: 'file', file: { file_id: 'file-1' } })],
    ['a document by its URL', { input: [{ type: 'input_file', file_url: 'https://a/b.pdf' }] }],
    ['an earlier answer', { previous_response_id: 'resp_1' }],
    ['a conversation', { conversation: { id: 'conv_1' } }],
    ['a stored prompt', { prompt: { id: 'pmpt_1' } }],
    ['audio of an earlier turn', { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] }],
  ])('takes what the model takes at most where %s is named', (_, more) => {
    expect(boundOf(chat({ max_tokens: 1, ...more })).tokens).toBe(128_001);
    expect(boundOf(chat({ model: 'gpt-5.3', max_tokens: 1, ...more })).nanoUsd).toBeNull();
  });

  it('of embeddings is what goes in', () => {
    const call = post('/v1/embeddings', { model: 'text-embedding-3-small', input: ['a', 'b'] });

    expect(boundOf(call)).toMatchObject({
      tokensOut: 0,
      nanoUsd: Math.ceil(bytesOf(call) / 2) * 20,
    });
  });

  it('of speech is by the character', () => {
    const call = post('/v1/audio/speech', { model: 'tts-1', input: 'héllo', voice: 'alloy' });

    expect(boundOf(call).nanoUsd).toBe(bytesOf(call) * 15_000);
  });

  it.each([
    ['1024x1024', 'high', 0.211],
    ['1024x1024', 'auto', 0.211],
    [undefined, undefined, 0.211],
    ['1024x1536', 'low', 0.005],
  ])(
    'of a picture of size %s and quality %s is what it is listed for, and its prompt',
    (size, quality, usd) => {
      const call = post('/v1/images/generations', {
        model: 'gpt-image-2',
        prompt: 'a cat',
        n: 2,
        size,
        quality,
      });
      const input = Math.ceil(bytesOf(call) / 2) * 8_000;

      const { nanoUsd } = boundOf(call);

      expect(nanoUsd).toBeGreaterThanOrEqual(input + 2 * usd * 1e9);
      expect(nanoUsd).toBeLessThan(input + 2 * (usd * 1e9 + 30_000));
    },
  );

  it.each([
    ['a price that no list has', chat({ model: 'no-such-model', max_tokens: 1 }), 'model'],
    ['a fine-tuned model', chat({ model: 'ft:gpt-4o-2024-08-06:acme::1', max_tokens: 1 }), 'model'],
    ['no model', post('/v1/chat/completions', {}), 'model'],
    ['no maximum, of a model that says none', chat({ model: 'gpt-5.3' }), 'max_completion_tokens'],
    [
      'a tier that is not listed',
      chat({ service_tier: 'priority', max_tokens: 1 }),
      'service_tier',
    ],
    [
      'a tool that the upstream runs',
      post('/v1/responses', { model: 'gpt-5', tools: [{ type: 'web_search' }] }),
      'tools',
    ],
    [
      'an answer in the background, whose usage no answer tells',
      post('/v1/responses', { model: 'gpt-5', max_output_tokens: 10, background: true }),
      'background',
    ],
    ['a search', chat({ web_search_options: {} }), 'tools'],
    [
      'a size that is not listed',
      post('/v1/images/generations', { model: 'gpt-image-2', size: '64x64' }),
      'model',
    ],
    [
      'speech that is charged by tokens',
      post('/v1/audio/speech', { model: 'gpt-4o-mini-tts', input: 'a' }),
      'model',
    ],
    ['a recording', post('/v1/audio/transcriptions', { model: 'whisper-1' }), 'model'],
    ['an unknown path', post('/v1/anything', { model: 'gpt-4o' }), undefined],
    ['a body that is not read', { ...chat(), body: null }, undefined],
    [
      'a body that is no JSON',
      { ...chat(), body: { ...judged({ model: 'gpt-4o' }), bytes: Buffer.from('{') } },
      undefined,
    ],
  ])('is not known with %s, and says so', (_, call, param) => {
    const { nanoUsd, gap } = boundOf(call);

    expect(nanoUsd).toBeNull();
    expect(gap?.says.length).toBeGreaterThan(10);
    expect(gap?.param).toBe(param);
  });

  it('is known with functions of the caller’s own', () => {
    const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }];

    expect(boundOf(chat({ max_tokens: 1, tools })).nanoUsd).toBeGreaterThan(0);
  });

  it('names the field that each call has', () => {
    const call = { model: 'gpt-5.3', input: 'hi' };

    expect(boundOf(post('/v1/responses', call)).gap?.param).toBe('max_output_tokens');
    expect(boundOf(post('/v1/completions', call)).gap?.param).toBe('max_tokens');
  });

  it('of what costs nothing is nothing', () => {
    expect(boundOf({ method: 'GET', path: '/v1/models', body: null }).nanoUsd).toBe(0);
    expect(boundOf(post('/v1/moderations', { input: 'x' })).nanoUsd).toBe(0);
  });

  it('survives a body that is nested deeper than any real one', () => {
    const deep = `{"model":"gpt-4o","max_tokens":1,"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    const body = { ...judged({ model: 'gpt-4o', max_tokens: 1 }), bytes: Buffer.from(deep) };

    expect(boundOf({ ...chat(), body }).tokens).toBe(128_001);
  });
});
