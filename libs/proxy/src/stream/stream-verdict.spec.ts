import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judged } from '../testing/judged.js';
import { cutAt, outcomesOf } from '../testing/pieces.js';
import type { StreamError } from './stream-error.js';
import { type StreamEnd, type StreamVerdict, streamVerdictFor } from './stream-verdict.js';

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const OTHER = '/v1/agents/sessions';
const FINISHED: StreamEnd = { kind: 'finished' };
const OPEN: StreamEnd = { kind: 'open' };

/** Of each kind of stream: where it is over for certain. */
const GOLDEN = [
  [CHAT, 'chat-stream.sse', '"finish_reason":"stop"'],
  [CHAT, 'chat-stream-no-usage.sse', '"finish_reason":"stop"'],
  ['/v1/completions', 'completions-stream.sse', '"finish_reason":"length"'],
  [RESPONSES, 'responses-stream.sse', 'data: {"type":"response.completed"'],
  ['/v1/images/generations', 'image-stream.sse', 'data: {"type":"image_generation.completed"'],
  ['/v1/audio/speech', 'speech-stream.sse', 'data: {"type":"speech.audio.done"'],
  ['/v1/audio/transcriptions', 'transcription-stream.sse', 'data: {"type":"transcript.text.done"'],
] as const;

describe('a stream', () => {
  it.each(
    GOLDEN.flatMap((golden) =>
      (
        [
          ['LF', '\n'],
          ['CRLF', '\r\n'],
          ['CR', '\r'],
        ] as const
      ).map(([lines, end]) => [...golden, lines, end] as const),
    ),
  )('to %s as in %s is over behind %s, and not before (%s)', (path, file, last, _, lineEnd) => {
    const text = fixture(file).replaceAll('\n', lineEnd);
    const over = text.indexOf(lineEnd + lineEnd, text.indexOf(last)) + 2 * lineEnd.length;

    expect(verdictOn(path, text.slice(0, text.indexOf(last))).end(true)).toEqual(OPEN);
    expect(seen(path, [])).toEqual({ began: false, malformed: false, end: OPEN });
    expect(outcomesOf(Buffer.from(text.slice(0, over)), (pieces) => seen(path, pieces))).toEqual([
      { began: true, malformed: false, end: FINISHED },
    ]);
  });

  it.each(GOLDEN)('to %s as in %s may lack the last blank line', (path, file) => {
    const text = fixture(file).replace('data: [DONE]\n\n', '').trimEnd();

    expect(verdictOn(path, text).end(true)).toEqual(FINISHED);
  });

  it.each(GOLDEN)('to %s as in %s was cut if it ends within its events', (path, file, last) => {
    const bytes = Buffer.from(fixture(file).split(last, 1)[0] ?? '');

    const ends = Array.from(bytes, (_, end) => seen(path, [bytes.subarray(0, end)]).end.kind);

    expect(new Set(ends)).toEqual(new Set(['open']));
  });

  it.each([
    [CHAT, 'data: [DONE]\n\n'],
    [RESPONSES, 'data: {"type":"response.created"}\n\ndata: [DONE]\n\n'],
    [RESPONSES, 'event: response.incomplete\ndata: {}\n\n'],
    [RESPONSES, 'data: {"type":"response.failed","response":{"error":{"code":"x"}}}\n\n'],
    ['/v1/images/edits', 'data: {"type":"image_edit.completed"}\n\n'],
    ['/v1/threads/runs', 'event: done\ndata: [DONE]\n\n'],
    ['/v1/threads/runs', 'event: done\ndata: {}\n\n'],
    [CHAT, choices([0, 'stop'])],
    [CHAT, choices([0, null]) + choices([0, 'length'])],
  ])('to %s is over after %j', (path, text) => {
    expect(verdictOn(path, text).end(false)).toEqual(FINISHED);
  });

  it.each([
    [CHAT, choices([0, null])],
    [CHAT, choices([0, ''])],
    [CHAT, choices([0, 'stop']) + choices([1, null])],
    [CHAT, 'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n'],
    [CHAT, ': [DONE]\n\n'],
    [CHAT, 'data: {"choices":[{"finish_reason":"stop"}]\n\n'],
    [RESPONSES, 'data: {"type":"response.output_text.done"}\n\n'],
    [RESPONSES, 'data: {"response":{"type":"response.completed"}}\n\n'],
    ['/v1/images/generations', 'data: {"type":"image_generation.partial_image"}\n\n'],
    [CHAT, ''],
  ])('to %s is not over after %j, even where the connection ends well', (path, text) => {
    expect(verdictOn(path, text).end(true)).toEqual(OPEN);
  });

  it.each([
    [CHAT, choices([0, 'stop']), choices([1, 'stop'])],
    ['/v1/images/generations', ...twice('data: {"type":"image_generation.completed"}\n\n')],
  ])('to %s that was asked for two is over after the second', (path, first, second) => {
    const verdict = streamVerdict(path, 2);

    verdict.write(Buffer.from(first));
    const afterFirst = verdict.end(false);
    verdict.write(Buffer.from(second));

    expect([afterFirst, verdict.end(false)]).toEqual([OPEN, FINISHED]);
  });

  it('that was asked for two and ends well with one is over', () => {
    const verdict = streamVerdict(CHAT, 2);
    verdict.write(Buffer.from(choices([0, 'stop'])));

    expect(verdict.end(true)).toEqual(FINISHED);
  });

  it.each<[path: string, text: string, StreamError]>([
    [CHAT, 'data: {"error":{"message":"no","type":"t","code":"c"}}\n\n', said('c', 't', 'no')],
    [CHAT, 'data: {"error":{"message":"no","type":"t","code":null}}\n\n', said('t', 't', 'no')],
    [CHAT, 'data: {"error":{"message":"no","code":429},"choices":[]}\n\n', said('429', null, 'no')],
    [CHAT, 'data: {"error":"no"}\n\n', said(null, null, 'no')],
    [CHAT, 'data: {"object":"error","message":"no","type":"B","code":4}\n\n', said('4', 'B', 'no')],
    [CHAT, 'event: error\ndata: not now\n\n', said(null, null, 'not now')],
    [CHAT, 'event:error\r\ndata:{"message":"no"}\r\n\r\n', said(null, null, 'no')],
    [CHAT, `${choices([0, null])}data: {"error":{}}\n\ndata: [DONE]\n\n`, said(null, null, null)],
    [RESPONSES, 'data: {"type":"error","code":"c","message":"no"}\n\n', said('c', null, 'no')],
    ['/v1/images/edits', 'data: {"type":"error","error":{"code":"c"}}\n\n', said('c', null, null)],
    [OTHER, 'event: error\ndata: {"code":"c","message":"no"}\n\n', said('c', null, 'no')],
  ])('to %s failed after %j', (path, text, error) => {
    expect(outcomesOf(Buffer.from(text), (pieces) => seen(path, pieces))).toEqual([
      { began: true, malformed: false, end: { kind: 'failed', ...error } },
    ]);
  });

  it.each([
    [CHAT, `data: {"error":null}\n\n${choices([0, 'stop'])}`],
    [OTHER, 'data: {"type":"session.tool","error":{"code":"c"}}\n\n'],
    [RESPONSES, 'data: {"type":"response.completed","error":{}}\n\n'],
    [CHAT, 'data: [DONE]\n\ndata: {"error":{"code":"late"}}\n\n'],
  ])('to %s did not fail after %j', (path, text) => {
    expect(verdictOn(path, text).end(true)).toEqual(FINISHED);
  });

  it.each([
    ['no JSON', 'data: {"choices":[\n\n', true],
    ['a text', 'data: hello\n\n', true],
    ['a page', 'data: <html>\n\n', true],
    ['another value', 'data: 7\n\n', false],
    ['[DONE] with blanks', 'data:  [DONE] \n\n', false],
    ['no data', 'event: ping\n\ndata:\n\nid: 7\n\n: {\n\n', false],
  ])('with %s is malformed: %#', (_, text, malformed) => {
    expect(verdictOn(CHAT, text).malformed).toBe(malformed);
    expect(verdictOn(OTHER, text).malformed).toBe(false);
  });

  it('begins with its first event, not with comments or names', () => {
    const verdict = verdictOn(CHAT, ': wait\n\nevent: ping\n\nretry: 3\n\n\n\ndata: {}\n');
    const before = verdict.began;

    verdict.write(Buffer.from('\n'));

    expect([before, verdict.began]).toEqual([false, true]);
  });

  it.each([
    [OTHER, ['content-type', 'text/event-stream']],
    [CHAT, ['content-type', 'application/json']],
    [CHAT, ['content-type', 'text/event-stream', 'content-encoding', 'gzip']],
  ])('of %s with %j is whole when its connection ends well', (path, headers) => {
    const verdict = streamVerdictFor({ method: 'POST', path, body: null }, headers);
    verdict.write(Buffer.from('data: {\n\n'));

    expect([verdict.end(false), verdict.end(true)]).toEqual([OPEN, FINISHED]);
    expect([verdict.began, verdict.malformed]).toEqual([true, false]);
  });

  it('of large events begins within the first, and ends by what the last one says', () => {
    const verdict = streamVerdict('/v1/images/generations');
    const write = (text: string): void => verdict.write(Buffer.from(text));
    const picture = 'A'.repeat(100_000);

    write(`data: {"b64_json":"${picture}`);
    const within = [verdict.began, verdict.end(false)];
    write(`","type":"image_generation.partial_image"}\n\ndata: {"b64_json":"${picture}`);
    const before = verdict.end(false);
    write('","type":"image_generation.completed"}\n\n');

    expect([...within, before]).toEqual([true, OPEN, OPEN]);
    expect([verdict.malformed, verdict.end(false)]).toEqual([false, FINISHED]);
  });

  it('may be anything without a failure', () => {
    const words = [
      'data:',
      'event:',
      ' ',
      '\n',
      '\r',
      '[DONE]',
      '{"error":',
      '{}',
      'error',
      '\uFEFF',
    ];
    const texts = fc
      .array(fc.oneof(fc.constantFrom(...words), fc.string()))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(texts, fc.array(fc.nat(50)), (text, places) => {
        const bytes = Buffer.from(text);
        const whole = verdictOn(CHAT, text);
        const cut = streamVerdict(CHAT);
        for (const piece of cutAt(
          bytes,
          places.filter((at) => at <= bytes.length),
        ))
          cut.write(piece);

        expect([cut.end(true), cut.began, cut.malformed]).toEqual([
          whole.end(true),
          whole.began,
          whole.malformed,
        ]);
      }),
    );
  });
});

function streamVerdict(path: string, n = 1): StreamVerdict {
  const call = { method: 'POST', path, body: judged({ n }) };
  return streamVerdictFor(call, ['Content-Type', 'text/event-stream; charset=utf-8']);
}

/** What is known of a stream whose connection still stands. */
function seen(path: string, pieces: readonly Buffer[]) {
  const verdict = streamVerdict(path);
  for (const piece of pieces) verdict.write(piece);
  const { began, malformed } = verdict;
  return { began, malformed, end: verdict.end(false) };
}

function verdictOn(path: string, text: string): StreamVerdict {
  const verdict = streamVerdict(path);
  verdict.write(Buffer.from(text));
  return verdict;
}

function choices(...all: readonly (readonly [index: number, reason: string | null])[]): string {
  const list = all.map(([index, reason]) => ({ index, delta: {}, finish_reason: reason }));
  return `data: ${JSON.stringify({ choices: list })}\n\n`;
}

function said(code: string | null, type: string | null, message: string | null): StreamError {
  return { code, type, message };
}

function twice(text: string): [string, string] {
  return [text, text];
}

const fixture = (file: string): string =>
  readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8');
