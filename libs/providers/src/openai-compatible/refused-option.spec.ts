import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../provider.js';
import { refusedOption } from './refused-option.js';

describe('refusedOption', () => {
  it.each<[JsonObject]>([
    [{}],
    [{ seed: 7, negative_prompt: 'fog' }],
    [{ style: 'vivid', cfg_scale: 7.5 }],
    [{ response_format: 'b64_json' }],
    [{ output_compression: 80, style_preset: 'analog-film', enhance: true }],
    [{ loras: [{ name: 'paper-cut', weight: 0.8 }] }],
    [{ user: 'customer-17', language: 'en', ratio: '16:9', time: '12:30' }],
    [{ nothing: null }],
  ])('has nothing against %j', (options) => {
    expect(refusedOption(options)).toBeUndefined();
  });

  it.each<[string, JsonObject, RegExp]>([
    ['the model', { model: 'other' }, /set by the gateway/],
    ['the prompt', { prompt: 'x' }, /set by the gateway/],
    ['another engine', { Engine: 'x' }, /set by the gateway/],
    ['a stream', { stream: true }, /set by the gateway/],
    ['partial pictures', { partial_images: 2 }, /set by the gateway/],
    ['a mask', { mask: 'AAAA' }, /set by the gateway/],
    ['the format', { output_format: 'gif' }, /set by the gateway/],
    ['the count', { n: 10 }, /set by the gateway/],
    ['the count by another name', { num_outputs: 10 }, /price/],
    ['the count in one word', { nvideos: 4 }, /price/],
    ['the count in other words', { variations: 4 }, /price/],
    ['the count as repeats', { repeat: 4 }, /price/],
    ['the count as a quantity', { imageQuantity: 4 }, /set by the gateway|price/],
    ['the length', { seconds: '20' }, /price/],
    ['the length by another name', { durationSeconds: 20 }, /price/],
    ['the size', { size: '4096x4096' }, /price/],
    ['the width', { width: 4096 }, /price/],
    ['the tier', { service_tier: 'priority' }, /price/],
    ['more steps', { 'num-inference-steps': 500 }, /price/],
    ['a webhook', { webhook_secret: 'x' }, /call back/],
    ['a callback', { callBackUrl: 'x' }, /call back|address/],
    ['a callback in one word', { mycallback: true }, /call back/],
    ['a notification', { notify: 'me' }, /call back/],
    ['an address', { image_url: 'x' }, /set by the gateway|address/],
    ['an address in one word', { sourceurl: 'x' }, /address/],
    ['another upstream', { api_base: 'x' }, /address/],
    ['a place to put it', { output_bucket: 'x' }, /address/],
    ['a file', { file_id: 'file_1' }, /another's file/],
    ["another's film", { remixed_from_video_id: 'video_1' }, /another's file/],
    ['a key', { apiKey: 'x' }, /credential|address/],
    ['headers', { extra_headers: { a: 'b' } }, /credential/],
    ['a name that is none', { 'a.b': 1 }, /holds a name/],
    ['a prototype', JSON.parse('{"__proto__": {"x": 1}}') as JsonObject, /holds a name/],
    ['an empty name', { '': 1 }, /holds a name/],
    ['a URL', { reference: 'https://example.com/a' }, /is a URL/],
    ['a URL in a sentence', { style: 'as in http://10.0.0.1/x' }, /is a URL/],
    ['a URL without a scheme', { reference: ' //example.com' }, /is a URL/],
    ['a data URL', { reference: 'DATA:image/png;base64,AA' }, /is a URL/],
    ['a URL in a list', { references: ['x', 's3://bucket/a'] }, /is a URL/],
    ['something deep inside', { extra: { more: [{ webhook: 'x' }] } }, /call back/],
    ['what is too deep', { a: { b: { c: { d: { e: 1 } } } } }, /deeper than 4/],
    ['too much', { a: Array.from({ length: 100 }, () => 1) }, /at most 64 values/],
    ['too long', { a: 'x'.repeat(9000) }, /at most 8000 characters/],
  ])('refuses %s', (_, options, message) => {
    expect(refusedOption(options)).toMatchObject({ message: expect.stringMatching(message) });
  });

  it.each<[JsonObject, string]>([
    [{ seed: 1, webhook: 'x' }, 'webhook'],
    [{ extra: { more: [{ webhook: 'x' }] } }, 'extra.more.0.webhook'],
    [{ references: ['x', 's3://bucket/a'] }, 'references.1'],
    [{ extra: { ['x'.repeat(1000)]: 1 } }, 'extra'],
  ])('names the place of what is wrong in %j', (options, place) => {
    expect(refusedOption(options)?.path).toBe(`input.provider_options.${place}`);
  });
});
