import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProxyCall } from './proxy-call.js';
import { type BodyRewrite, rewriteBody, wantsInjectedUsage } from './rewrite-body.js';

const OTHER_MODEL: BodyRewrite = { model: 'gpt-5', includeUsage: false };
const ASK_FOR_USAGE: BodyRewrite = { model: null, includeUsage: true };
const ASKED = '"stream_options":{"include_usage":true}';

describe('rewriteBody', () => {
  it.each([
    ['{"model":"m","a":1}', '{"model":"gpt-5","a":1}'],
    [' { "a" : "model" ,\r\n\t"model" : "m" , "b":[1.0, 2e3 ] } \n', null],
    ['{"mod\\u0065l":"m"}', '{"mod\\u0065l":"gpt-5"}'],
    ['\uFEFF{"model":"ü\\n"}', '\uFEFF{"model":"gpt-5"}'],
    ['{"a":{"model":"m"},"b":"\\"model\\":"}', '{"a":{"model":"m"},"b":"\\"model\\":"}'],
    ['{"a":1}', '{"a":1}'],
    ['[{"model":"m"}]', '[{"model":"m"}]'],
    ['{"model":"m"', '{"model":"m"'],
    ['', ''],
  ])('writes another model into %j and nothing else', (text, expected) => {
    expect(rewritten(text, OTHER_MODEL)).toBe(expected ?? text.replace('"m"', '"gpt-5"'));
  });

  it('writes a name of any letters as JSON', () => {
    const model = 'a"b\\c\nd é';

    expect(rewritten('{"model":"m"}', { model, includeUsage: false })).toBe(
      `{"model":${JSON.stringify(model)}}`,
    );
  });

  it.each([
    ['{"stream":true}', `{"stream":true,${ASKED}}`],
    ['{"stream":true\n}\n', `{"stream":true,${ASKED}\n}\n`],
    ['{"stream_options":null,"a":1}', `{${ASKED},"a":1}`],
    ['{"stream_options":{}}', `{${ASKED}}`],
    ['{"stream_options":{ }}', `{${ASKED}}`],
    [
      '{"stream_options": {"include_obfuscation": false } }',
      '{"stream_options": {"include_obfuscation": false,"include_usage":true } }',
    ],
    ['{"stream_options":{"include_usage": null}}', '{"stream_options":{"include_usage": true}}'],
  ])('asks in %s for the usage of the stream', (text, expected) => {
    expect(rewritten(text, ASK_FOR_USAGE)).toBe(expected);
  });

  it.each([
    '{"stream_options":{"include_usage":true}}',
    '{"stream_options":{"include_usage":false}}',
    '{"stream_options":{"include_\\u0075sage":false}}',
    '{"stream_options":{"include_usage":"yes"}}',
    '{"stream_options":"all"}',
    '{"stream_options":[]}',
    '{}',
    'null',
    '{"a":',
  ])('leaves %s as it is, whatever it says of usage', (text) => {
    expect(rewritten(text, ASK_FOR_USAGE)).toBe(text);
  });

  it('makes exactly these changes in whatever JSON.parse reads, and no more when asked again', () => {
    const options = fc.oneof(
      fc.jsonValue(),
      fc.record({ include_usage: fc.constantFrom(true, false, null) }, { requiredKeys: [] }),
    );
    const body = fc.record(
      { model: fc.string(), stream_options: options, messages: fc.jsonValue() },
      { requiredKeys: ['messages'] },
    );
    fc.assert(
      fc.property(body, fc.constantFrom(undefined, 1, '\t'), fc.string(), (value, space, model) => {
        const text = JSON.stringify(value, null, space);
        const change = { model, includeUsage: true };

        const once = rewritten(text, change);

        expect(JSON.parse(once)).toEqual(JSON.parse(JSON.stringify(changed(value, model))));
        expect(rewritten(once, change)).toBe(once);
      }),
    );
  });
});

describe('wantsInjectedUsage', () => {
  const STREAM = '{"model":"m","stream":true}';

  it.each([
    ['/v1/chat/completions', STREAM],
    ['/v1/completions', STREAM],
    ['/v1/chat/completions', '{"stream":true,"stream_options":null}'],
    ['/v1/chat/completions', '{"stream":true,"stream_options":{"include_usage":null}}'],
  ])('asks for it at %s with %s', (path, body) => {
    expect(wantsInjectedUsage(callOf('POST', path, body))).toBe(true);
  });

  it.each([
    ['POST', '/v1/responses', STREAM],
    ['GET', '/v1/chat/completions', STREAM],
    ['POST', '/v1/chat/completions/x', STREAM],
    ['POST', '/v1/chat/completions', '{"model":"m"}'],
    ['POST', '/v1/chat/completions', '{"stream":false}'],
    ['POST', '/v1/chat/completions', '{"stream":true,"stream_options":{"include_usage":false}}'],
    ['POST', '/v1/chat/completions', '{"stream":true,"stream_options":"x"}'],
    ['POST', '/v1/chat/completions', '{"stream":true,"a":1,"a":2}'],
    ['POST', '/v1/chat/completions', '{"stream":true,"Stream_Options":{}}'],
    ['POST', '/v1/chat/completions', null],
  ])('does not at %s %s with %s', (method, path, body) => {
    expect(wantsInjectedUsage(callOf(method, path, body))).toBe(false);
  });
});

const rewritten = (text: string, change: BodyRewrite): string =>
  rewriteBody(Buffer.from(text), change).toString('utf8');

/** What the rewrite means, said on the parsed value. */
function changed(body: Readonly<Record<string, unknown>>, model: string): Record<string, unknown> {
  const options = body['stream_options'] ?? {};
  const isObject = typeof options === 'object' && !Array.isArray(options);
  const asked = {
    ...options,
    include_usage: Reflect.get(Object(options), 'include_usage') ?? true,
  };
  return {
    ...body,
    ...('model' in body ? { model } : {}),
    stream_options: isObject ? asked : options,
  };
}

function callOf(method: string, path: string, text: string | null): ProxyCall {
  const body = text === null ? null : judgedOf(Buffer.from(text));
  return { method, path, body } as ProxyCall;
}

const judgedOf = (bytes: Buffer) => ({
  bytes,
  model: 'm',
  maxTokens: null,
  choices: 1,
  stream: bytes.includes('"stream":true'),
});
