import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cutAt, outcomesOf } from '../testing/pieces.js';
import { UsageStripper } from './usage-stripper.js';

const USAGE = '"usage":{"prompt_tokens":1,"completion_tokens":2}';
const LAST = `data: {"id":"c","choices":[],${USAGE}}\n\n`;
const TEXT = 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n';

describe('UsageStripper', () => {
  it.each([
    ['LF', (text: string) => text],
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['CR', (text: string) => text.replaceAll('\n', '\r')],
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['no space after the colon', (text: string) => text.replaceAll('data: ', 'data:')],
    ['no blank line at the end', (text: string) => text.trimEnd()],
    ['no [DONE]', (text: string) => text.replace('data: [DONE]\n\n', '')],
    ['ids and comments', (text: string) => text.replaceAll(/^data:/gm, 'id: 7\n: "usage"\ndata:')],
  ])('gives a chat as it is unasked, with %s, cut at every byte', (_, change) => {
    const asked = change(fixture('chat-stream.sse'));
    const unasked = change(fixture('chat-stream-unasked.sse'));

    expect(outcomesOf(Buffer.from(asked), strip)).toEqual([unasked]);
  });

  it.each([
    ['the chunk for usage', `${TEXT}${LAST}data: [DONE]\n\n`, `${TEXT}data: [DONE]\n\n`],
    ['it with white space', 'data: {"choices": [ ], "usage": {} }\n\n', ''],
    ['it with its name', `event: x\n${LAST}`, ''],
    [
      'usage beside the last words',
      `data: {"choices":[{}],${USAGE}}\n\n`,
      'data: {"choices":[{}]}\n\n',
    ],
    ['a null', 'data: {"a":1, "usage": null, "b":2}\n\n', 'data: {"a":1, "b":2}\n\n'],
    ['a null that is first', 'data: {"usage": null, "b":2}\n\n', 'data: {"b":2}\n\n'],
    ['a null that is alone', 'data: {"usage":null}\n\n', 'data: {}\n\n'],
    ['a null between blanks', 'data: { "a":1 ,\t"usage" : null }\n\n', 'data: { "a":1 }\n\n'],
    ['a null of no choices', 'data: {"choices":[],"usage":null}\n\n', 'data: {"choices":[]}\n\n'],
    [
      'a null across lines',
      'data: {"a":1,\ndata: "usage":\ndata: null,\ndata: "b":2}\n\n',
      'data: {"a":1\ndata: \ndata: ,\ndata: "b":2}\n\n',
    ],
  ])('takes out %s', (_, text, expected) => {
    expect(outcomesOf(Buffer.from(text), strip)).toEqual([expected]);
  });

  it.each([
    ['no JSON', 'data: "usage"\n\ndata: {"usage":null\n\ndata: usage\n\n'],
    ['an error', `data: {"error":{"message":"no"},"usage":null}\n\n`],
    ['usage deeper inside', `data: {"choices":[{"usage":null}],"x_groq":{${USAGE}}}\n\n`],
    ['usage in a text', 'data: {"a":"\\"usage\\":null","b":"usage","c":["usage"]}\n\n'],
    ['no choices and no usage', 'data: {"choices":[],"prompt_filter_results":["usage"]}\n\n'],
    [
      'other fields',
      'dato: {"usage":null}\n\nevent: {"usage":null}\n\ndata\n\n: {"usage":null}\n\n',
    ],
    ['blank lines', '\n\n\r\n\r\r\n\n'],
    ['half an event', 'data: {"usage":nu'],
    ['nothing', ''],
  ])('passes %s as it is', (_, text) => {
    expect(outcomesOf(Buffer.from(text), strip)).toEqual([text]);
  });

  it('hands on each event as soon as its blank line is there', () => {
    const stripper = new UsageStripper();

    stripper.write('data: 1\n\nda');
    const first = textOf(stripper);
    stripper.write('ta: 2\n');
    const second = textOf(stripper);
    stripper.write('\n');

    expect([first, second, textOf(stripper)]).toEqual(['data: 1\n\n', '', 'data: 2\n\n']);
  });

  it('passes an event that is too large to be held as it comes, and strips what follows', () => {
    const stripper = new UsageStripper({ highWaterMark: 4 * 1024 * 1024 });
    const begin = `data: {"usage":null,"a":"${'x'.repeat(1024 * 1024)}`;

    stripper.write(begin);
    const passed = textOf(stripper);
    stripper.write(`"}\n\n${LAST}${TEXT}`);

    expect(passed === begin).toBe(true);
    expect(textOf(stripper)).toBe(`"}\n\n${TEXT}`);
  });

  it('gives of any stream what the upstream sends unasked', () => {
    fc.assert(
      fc.property(STREAM, fc.array(fc.nat(2_000)), ({ asked, unasked }, places) => {
        const bytes = Buffer.from(asked);
        const inside = places.filter((place) => place < bytes.length);

        expect(strip(cutAt(bytes, inside))).toBe(unasked);
      }),
    );
  });
});

/** One event of a stream, as it is sent where usage was asked for and where it was not. */
interface Sent {
  readonly asked: string;
  readonly unasked: string;
}

const same = (text: string): Sent => ({ asked: text, unasked: text });

const MEMBERS = fc.uniqueArray(
  fc.tuple(fc.constantFrom('id', 'choices', 'üsage', 'a"b', 'x_usage'), fc.jsonValue()),
  { selector: ([key]) => key, minLength: 1 },
);

const CHUNK: fc.Arbitrary<Sent> = fc
  .record({
    members: MEMBERS,
    usage: fc.constantFrom('null', '{"prompt_tokens":1}', '{ "a" : [ "}" ] }'),
    at: fc.nat(4),
    comma: fc.constantFrom(',', ', '),
  })
  .map(({ members, usage, at, comma }) => {
    // With no choices at all it would be the chunk that goes.
    const entries = members
      .filter(([key, value]) => key !== 'choices' || !Array.isArray(value) || value.length > 0)
      .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    const write = (all: readonly string[]): string => `data: {${all.join(comma)}}`;
    return { asked: write(entries.toSpliced(at, 0, `"usage":${usage}`)), unasked: write(entries) };
  });

const STREAM: fc.Arbitrary<Sent> = fc
  .record({
    events: fc.array(
      fc.oneof(
        CHUNK,
        CHUNK,
        fc.constant({ asked: LAST.trimEnd(), unasked: '' }),
        fc.constantFrom('data: [DONE]', ': c', 'id: 1\ndata: {}', 'data: no "usage"').map(same),
      ),
    ),
    lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  })
  .map(({ events, lineEnd }) => {
    const write = (texts: readonly string[]): string =>
      texts
        .filter((text) => text !== '')
        .map((text) => `${text}\n\n`)
        .join('')
        .replaceAll('\n', lineEnd);
    return {
      asked: write(events.map(({ asked }) => asked)),
      unasked: write(events.map(({ unasked }) => unasked)),
    };
  });

function strip(pieces: readonly Buffer[]): string {
  const stripper = new UsageStripper({ highWaterMark: 1024 * 1024 });
  for (const piece of pieces) stripper.write(piece);
  stripper.end();
  return textOf(stripper);
}

/** What it has given out since it was last asked. */
function textOf(stripper: UsageStripper): string {
  const bytes: unknown = stripper.read();
  return bytes instanceof Buffer ? bytes.toString('utf8') : '';
}

const fixture = (file: string): string =>
  readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8');
