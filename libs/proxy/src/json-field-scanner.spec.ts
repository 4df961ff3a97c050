import * as fc from 'fast-check';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { JsonFieldScanner, MAX_FIELD_BYTES } from './json-field-scanner.js';
import { countedBytes } from './testing/counted-bytes.js';

const PATHS = ['usage', 'model', 'response.usage', 'response.model'];

describe('JsonFieldScanner', () => {
  it.each<[string, Record<string, string>]>([
    ['{"model":"a","usage":{"x":[1,{"y":2}]}}', { model: '"a"', usage: '{"x":[1,{"y":2}]}' }],
    ['\ufeff \n{ "model" :\t"a" , "usage" : null }\n', { model: '"a"', usage: 'null' }],
    ['{"usage":12}', { usage: '12' }],
    ['{"usage":-1.5e3 ,"model":true}', { usage: '-1.5e3', model: 'true' }],
    [
      '{"response":{"model":"b","usage":{}},"model":"a"}',
      {
        'response.model': '"b"',
        'response.usage': '{}',
        model: '"a"',
      },
    ],
    ['{"a":{"model":"no"},"b":[{"model":"no"}],"c":"\\"model\\":1"}', {}],
    ['{"response":[{"model":"no"}],"response2":{"model":"no"}}', {}],
    ['{"mod\\u0065l":"a"}', { model: '"a"' }],
    ['{"model":"first","model":"last"}', { model: '"last"' }],
    ['{"model":"q\\"}\\\\"}', { model: '"q\\"}\\\\"' }],
    ['{"":1,"model":"a"}', { model: '"a"' }],
    ['[{"model":"a"}]', {}],
    ['"model"', {}],
    ['', {}],
    ['{}', {}],
    ['[DONE]', {}],
  ])('reads %s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it.each([
    ['{"a" 1,"model":"a"}', {}],
    ['{"a":,"model":"a"}', { model: '"a"' }],
    ['{"model":}', {}],
    ['{"model":"a"]"usage":1}', { model: '"a"' }],
    ['{model:"a"}', {}],
    ['{"model":"a', {}],
    ['{"model":12', {}],
    ['{"usage":{"x":1}', { usage: '{"x":1}' }],
    ['{"model":"a"}{"usage":1}', { model: '"a"' }],
  ])('keeps calm at %s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it('finds the same as JSON.parse, wherever the bytes are cut', () => {
    const key = fc.constantFrom('usage', 'model', 'response', 'other', 'q"\\', 'ü');
    const { object } = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.oneof(fc.string({ unit: 'binary' }), fc.double({ noNaN: true }), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 3 }),
        tie('object'),
      ),
      object: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    }));

    fc.assert(
      fc.property(object, fc.nat(2), fc.array(fc.nat(9)), (value, indent, cuts) => {
        const text = JSON.stringify(value, null, indent);
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const scanned = Object.entries(found(text, cuts));

        expect(Object.fromEntries(scanned.map(([path, raw]) => [path, JSON.parse(raw)]))).toEqual(
          Object.fromEntries(PATHS.flatMap((path) => valueAt(parsed, path))),
        );
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc
        .array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', ' ', 'u', '1'), {
          maxLength: 40,
        })
        .map((c) => Buffer.from(c.join(''))),
    );

    fc.assert(
      fc.property(bytes, (piece) => {
        expect(() => new JsonFieldScanner(PATHS).write(piece)).not.toThrow();
      }),
    );
  });

  it('gives up a value over its limit and goes on', () => {
    const text = JSON.stringify({ usage: 'x'.repeat(MAX_FIELD_BYTES), model: 'a' });

    expect(found(text)).toEqual({ model: '"a"' });
  });

  it('looks at each byte a bounded number of times', () => {
    const text = JSON.stringify({
      other: '\\"'.repeat(20_000),
      usage: { deep: [[['x']]] },
      model: 'a',
    });
    const { bytes, reads } = countedBytes(Buffer.from(text));

    new JsonFieldScanner(PATHS).write(bytes);

    expect(reads()).toBeLessThanOrEqual(3 * bytes.length);
  });

  it('holds nothing of a value that goes on and on', () => {
    const scanner = new JsonFieldScanner(PATHS);
    scanner.write(Buffer.from('{"model":"a","usage":"'));
    for (let sent = 0; sent < 5 * 1024 * 1024; sent += 65_536)
      scanner.write(Buffer.alloc(65_536, 'x'));

    expect(serialize(scanner).length).toBeLessThan(2 * MAX_FIELD_BYTES);
    expect(Object.fromEntries(scanner.fields)).toEqual({ model: '"a"' });
  });
});

/** What is found in the text, fed in pieces of the given sizes over and over (0: the whole rest). */
function found(text: string, cuts: readonly number[] = []): Record<string, string> {
  const scanner = new JsonFieldScanner(PATHS);
  const bytes = Buffer.from(text);
  let index = 0;
  for (let turn = 0; index < bytes.length; turn += 1) {
    const size = cuts[turn % Math.max(1, cuts.length)] || bytes.length;
    scanner.write(bytes.subarray(index, index + size));
    index += size;
  }
  return Object.fromEntries(scanner.fields);
}

function valueAt(value: Record<string, unknown>, path: string): [string, unknown][] {
  let current: unknown = value;
  for (const key of path.split('.')) {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return [];
    if (!Object.hasOwn(current, key)) return [];
    current = (current as Record<string, unknown>)[key];
  }
  return [[path, current]];
}
