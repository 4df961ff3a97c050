import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topLevelFields } from './top-level-fields.js';

const WANTED = new Set(['model', 'stream', 'max_tokens']);
const read = (text: string) => topLevelFields(Buffer.from(text), WANTED);

describe('topLevelFields', () => {
  it.each([
    ['{"model":"m","stream":true}', { model: '"m"', stream: 'true' }],
    [' { "a" : [1,{"model":"x"},"]"] , "model" : "m" } ', { model: '"m"' }],
    ['{"mod\\u0065l":"m"}', { model: '"m"' }],
    ['{"a":"\\\\","model":"m"}', { model: '"m"' }],
    ['{"a":"\\"model\\":1","model":"m"}', { model: '"m"' }],
    ['{"max_tokens":12 ,"b":-1.5e3}', { max_tokens: '12' }],
    ['{}', {}],
    ['\uFEFF{"model":null}', { model: 'null' }],
  ])('reads %s', (text, values) => {
    expect(read(text)?.values).toEqual(new Map(Object.entries(values)));
  });

  it.each([
    '',
    '[]',
    '"model"',
    '{',
    '{"model":"m"',
    '{"model":}',
    '{"model"',
    '{"model" "m"}',
    '{model:"m"}',
    '{"a":1,}',
    '{"a":1}{"model":"m"}',
    '{"a":1} x',
    "{'model':'m'}",
    '{"a":"',
    '{"a":[1,2}',
    '{"\\x":1}',
    '{/**/"a":1}',
  ])('takes %j for no object', (text) => {
    expect(read(text)).toBeNull();
  });

  it.each([
    ['{"model":"a","model":"b"}', 'model'],
    ['{"model":"a","mod\\u0065l":"b"}', 'model'],
    ['{"a":1,"b":2,"a":1}', 'a'],
    ['{"a":{"b":1,"b":2}}', null],
  ])('tells of %s that %s stands twice', (text, doubled) => {
    expect(read(text)?.doubled).toBe(doubled);
  });

  it.each(['Model', 'MODEL', '\u{17F}tream', 'max_to\u{212A}ens'])(
    'tells of %s, which others may take for a field',
    (key) => {
      expect(read(JSON.stringify({ [key]: 1 }))?.misspelled).toBe(key);
    },
  );

  it('does not read on for ever in more keys than anybody means', () => {
    const keys = Array.from({ length: 1_001 }, (_, at) => [`k${at}`, at]);

    expect(read(JSON.stringify(Object.fromEntries(keys)))).toBeNull();
  });

  it('reads what JSON.parse reads', () => {
    const key = fc.oneof(fc.constantFrom('model', 'stream', 'max_tokens'), fc.string());
    const indent = fc.constantFrom(undefined, 2, '\t');
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), indent, (object, space) => {
        const text = JSON.stringify(object, null, space);

        const found = topLevelFields(Buffer.from(text), WANTED);

        const parsed: Record<string, unknown> = JSON.parse(text) as Record<string, unknown>;
        for (const name of WANTED) {
          const raw = found?.values.get(name);
          expect(raw === undefined ? undefined : JSON.parse(raw)).toEqual(parsed[name]);
        }
        expect(found?.doubled).toBeNull();
      }),
    );
  });

  it('takes everything that JSON.parse takes, and never fails on what is damaged', () => {
    const text = fc.json({ maxDepth: 2 });
    fc.assert(
      fc.property(text, fc.nat(), fc.constantFrom('"', '{', '}', ',', ':', ''), (json, at, by) => {
        const place = at % (json.length + 1);
        const damaged = `{"a":${json.slice(0, place)}${by}${json.slice(place + 1)}}`;

        const found = topLevelFields(Buffer.from(damaged), WANTED);

        if (isJson(damaged)) expect(found).not.toBeNull();
      }),
    );
  });
});

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
