import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SseDataScanner } from './sse-data-scanner.js';
import { countedBytes } from './testing/counted-bytes.js';
import { heldSize } from './testing/held-size.js';
import { cutAt, outcomesOf } from './testing/pieces.js';
import { NOTHING_OBSERVED, type ObservedUsage } from './token-usage.js';
import { usageScannerFor } from './usage-scanner.js';

const MINI = 'gpt-5.4-mini-2026-03-17';
const INSTRUCT = 'gpt-3.5-turbo-instruct';
const CHAT_STREAM = { tokensReasoning: 0, audioIn: 0, events: 4 };
const GOLDEN: readonly [string, ObservedUsage][] = [
  [
    'chat.json',
    usage(MINI, [1117, 46, 1024], { tokensReasoning: 0, audioIn: 0, serviceTier: 'default' }),
  ],
  ['completions.json', usage(INSTRUCT, [5, 7, null])],
  [
    'responses.json',
    usage('gpt-5.4-2026-03-05', [36, 87, 8], {
      tokensCacheWrite: 4,
      tokensReasoning: 64,
      serviceTier: 'flex',
    }),
  ],
  ['images.json', usage(null, [50, 50, null], { imageIn: 40, textOut: 5 })],
  ['embeddings.json', usage('text-embedding-3-small', [8, null, null])],
  ['transcription-seconds.json', usage(null, [null, null, null], { seconds: 9 })],
  ['transcription-tokens.json', usage(null, [14, 45, null], { audioIn: 14 })],
  ['chat-stream.sse', usage(MINI, [19, 10, 0], CHAT_STREAM)],
  ['chat-stream-no-usage.sse', usage(MINI, [null, null, null], { events: 2 })],
  ['chat-stream-cumulative.sse', usage('qwen3-32b', [21, 2, null], { events: 3 })],
  ['chat-stream-groq.sse', usage('llama-3.3-70b-versatile', [36, 8, null], { events: 2 })],
  ['chat-stream-moonshot.sse', usage('kimi-k2-0905-preview', [19, 13, null], { events: 2 })],
  ['chat-stream-error.sse', usage(MINI, [null, null, null], { events: 2 })],
  ['completions-stream.sse', usage(INSTRUCT, [5, 7, null], { events: 3 })],
  ['speech-stream.sse', usage(null, [14, 101, null], { events: 3 })],
  ['transcription-stream.sse', usage(null, [14, 45, null], { audioIn: 14, events: 3 })],
  [
    'responses-stream.sse',
    usage('gpt-5.4-2026-03-05', [37, 11, 12], { tokensReasoning: 0, events: 3 }),
  ],
  ['image-stream.sse', usage(null, [50, 50, null], { imageIn: 40, events: 2 })],
];
const STREAMS = GOLDEN.filter(([file]) => file.endsWith('.sse'));

describe('usageScannerFor', () => {
  it.each(GOLDEN)('reads %s, cut at every byte', (file, expected) => {
    const bytes = fixture(file);

    expect(outcomesOf(bytes, (pieces) => scan(file, pieces))).toEqual([expected]);
  });

  it.each(GOLDEN)('reads %s in any pieces', (file, expected) => {
    const bytes = fixture(file);

    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        expect(scan(file, cutAt(bytes, cuts))).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it.each(
    STREAMS.flatMap(([file, expected]) =>
      (
        [
          ['CRLF line ends', (text: string) => text.replaceAll('\n', '\r\n')],
          ['CR line ends', (text: string) => text.replaceAll('\n', '\r')],
          ['a byte order mark', (text: string) => `\ufeff${text}`],
          ['no [DONE]', (text: string) => text.replace('data: [DONE]\n\n', '')],
          [
            'no blank line at the end',
            (text: string) => text.replace('data: [DONE]\n\n', '').trimEnd(),
          ],
          ['no space after the colon', (text: string) => text.replaceAll('data: ', 'data:')],
          [
            'data over several lines',
            (text: string) => text.replaceAll(/(^data: .*?,)/gm, '$1\ndata: '),
          ],
          ['comments in between', (text: string) => text.replaceAll('\n\n', '\n\n: ping\n\n')],
        ] as const
      ).map(([what, change]) => [file, what, change, expected] as const),
    ),
  )('reads %s with %s', (file, _, change, expected) => {
    const bytes = Buffer.from(change(fixture(file).toString('utf8')));

    expect(scan(file, [bytes])).toEqual(expected);
    expect(
      scan(
        file,
        [...bytes].map((byte) => Buffer.of(byte)),
      ),
    ).toEqual(expected);
  });

  it('takes usage in its own place for more than in another', () => {
    const text = 'data: {"x_groq":{"usage":{"prompt_tokens":1}},"usage":{"prompt_tokens":2}}\n\n';

    expect(scan('x.sse', [Buffer.from(text)]).tokensIn).toBe(2);
  });

  it('lets the last usage count, and a null one not', () => {
    const frames = ['{"prompt_tokens":1,"completion_tokens":1}', '{"prompt_tokens":2}', 'null'];
    const text = frames.map((frame) => `data: {"usage":${frame}}\n\n`).join('');

    expect(scan('x.sse', [Buffer.from(text)])).toEqual(usage(null, [2, null, null], { events: 3 }));
  });

  it('never takes an absent or odd count for a number', () => {
    const odd =
      '{"model":7,"usage":{"prompt_tokens":-1,"completion_tokens":"9","prompt_tokens_details":[]}}';

    expect(scan('x.json', [Buffer.from(odd)])).toEqual(NOTHING_OBSERVED);
    expect(scan('x.json', [Buffer.from('{"usage":[1],"model":"a\\u0000"}')])).toEqual(
      NOTHING_OBSERVED,
    );
  });

  it.each([
    [['content-type', 'audio/mpeg']],
    [['content-type', 'application/json', 'content-encoding', 'gzip']],
    [[]],
  ])('does not read an answer with %j', (headers) => {
    const scanner = usageScannerFor(headers);
    scanner.write(fixture('chat.json'));

    expect(scanner.result()).toEqual(NOTHING_OBSERVED);
  });

  it('holds nothing of a frame of 5 MB', () => {
    const scanner = usageScannerFor(['content-type', 'text/event-stream']);
    scanner.write(Buffer.from('data: {"b64_json":"'));
    for (let sent = 0; sent < 5 * 1024 * 1024; sent += 70_000)
      scanner.write(Buffer.alloc(70_000, 'A'));
    const held = heldSize(scanner);
    scanner.write(Buffer.from('","usage":{"input_tokens":3,"output_tokens":4}}\n\n'));

    expect(held).toBeLessThan(4096);
    expect(scanner.result()).toEqual(usage(null, [3, 4, null], { events: 1 }));
  });
});

describe('SseDataScanner', () => {
  it('looks at each byte a bounded number of times', () => {
    const { bytes, reads } = countedBytes(Buffer.from(`data: ${'x'.repeat(20_000)}\n\n\n\n: c\n`));

    new SseDataScanner({ data: () => undefined, eventEnd: () => undefined }).write(bytes);

    expect(reads()).toBeLessThanOrEqual(3 * bytes.length);
  });
});

function usage(
  model: string | null,
  [tokensIn, tokensOut, tokensCached]: readonly [number | null, number | null, number | null],
  more: Partial<ObservedUsage> = {},
): ObservedUsage {
  return { ...NOTHING_OBSERVED, model, tokensIn, tokensOut, tokensCached, ...more };
}

const fixture = (file: string): Buffer =>
  readFileSync(new URL(`fixtures/${file}`, import.meta.url));

function scan(file: string, pieces: readonly Uint8Array[]): ObservedUsage {
  const type = file.endsWith('.sse') ? 'text/event-stream; charset=utf-8' : 'application/json';
  const scanner = usageScannerFor(['Content-Type', type]);
  for (const piece of pieces) scanner.write(piece);
  return scanner.result();
}
