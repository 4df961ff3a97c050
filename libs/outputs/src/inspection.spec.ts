import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { ArchiveError } from './archive-error.js';
import { Inspection } from './inspection.js';
import type { MediaKind } from './media-type.js';
import { fixture } from './testing/fixture.js';

async function inspect(
  bytes: Buffer,
  expect_: MediaKind,
  chunkBytes = 65_536,
): Promise<Inspection['result']> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  const inspection = new Inspection({ expect: expect_, maxBytes: 10_000_000, contentLength: null });
  await buffer(inspection.pass(Readable.from(chunks)));
  return inspection.result;
}

async function failureOf(bytes: Buffer, kind: MediaKind): Promise<ArchiveError> {
  return await inspect(bytes, kind).then(
    () => expect.unreachable('it was accepted'),
    (error: ArchiveError) => error,
  );
}

const FILES = [
  ['picture.png', 'image', 'image/png'],
  ['picture.jpg', 'image', 'image/jpeg'],
  ['picture.webp', 'image', 'image/webp'],
  ['picture.gif', 'image', 'image/gif'],
  ['picture.avif', 'image', 'image/avif'],
  ['movie.mp4', 'video', 'video/mp4'],
  ['movie-moov-last.mp4', 'video', 'video/mp4'],
  ['movie-fragmented.mp4', 'video', 'video/mp4'],
  ['movie.mov', 'video', 'video/quicktime'],
  ['movie.webm', 'video', 'video/webm'],
] as const;

const SOUNDS = [
  ['sound.mp3', 'audio/mpeg'],
  ['sound.wav', 'audio/wav'],
  ['sound.m4a', 'audio/mp4'],
  ['sound.ogg', 'audio/ogg'],
] as const;

describe('Inspection', () => {
  it.each(FILES)('knows %s as %s, %s', async (name, kind, mime) => {
    const { media, dimensions } = await inspect(fixture(name), kind);

    expect(media).toMatchObject({ kind, mime });
    expect(dimensions).toEqual(name === 'movie.webm' ? null : { width: 64, height: 48 });
  });

  it.each(FILES)('knows %s byte by byte as well', async (name, kind, mime) => {
    const { media } = await inspect(fixture(name), kind, 1);

    expect(media.mime).toBe(mime);
  });

  it.each(FILES)('finds %s cut off wherever it is cut', async (name, kind) => {
    const whole = fixture(name);
    const cuts = [0.4, 0.6, 0.9].map((part) => Math.floor(whole.length * part));

    for (const cut of [...cuts, whole.length - 1]) {
      const failure = await failureOf(whole.subarray(0, cut), kind);

      expect([failure.reason, failure.retryable]).toEqual(['truncated', true]);
    }
  });

  it.each(SOUNDS)('knows %s as %s, which has no measures', async (name, mime) => {
    const { media, dimensions } = await inspect(fixture(name), 'audio');

    expect(media).toMatchObject({ kind: 'audio', mime });
    expect(dimensions).toBeNull();
  });

  it.each(['sound.wav', 'sound.m4a'])('finds %s cut off', async (name) => {
    expect((await failureOf(fixture(name).subarray(0, -9), 'audio')).reason).toBe('truncated');
  });

  it('takes a sound whose writer did not know its length', async () => {
    const piped = Buffer.from(fixture('sound.wav'));
    piped.writeUInt32LE(0xff_ff_ff_ff, 4);

    expect((await inspect(piped, 'audio')).media.mime).toBe('audio/wav');
  });

  it.each(['image', 'video'] as const)('refuses a sound in place of a %s', async (kind) => {
    expect((await failureOf(fixture('sound.mp3'), kind)).message).toMatch(/it is audio\/mpeg/);
  });

  it('passes the bytes on as they are', async () => {
    const bytes = fixture('movie.mp4');
    const inspection = new Inspection({
      expect: 'video',
      maxBytes: bytes.length,
      contentLength: bytes.length,
    });

    expect(await buffer(inspection.pass(Readable.from([bytes])))).toEqual(bytes);
  });

  it('knows a picture behind long metadata', async () => {
    const png = fixture('picture.png');
    const metadata = Buffer.concat([Buffer.alloc(8), Buffer.alloc(50_000), Buffer.alloc(4)]);
    metadata.writeUInt32BE(50_000, 0);
    metadata.write('caBX', 4, 'latin1');
    const afterHeader = 33;

    const { media, dimensions } = await inspect(
      Buffer.concat([png.subarray(0, afterHeader), metadata, png.subarray(afterHeader)]),
      'image',
      1000,
    );

    expect(media.mime).toBe('image/png');
    expect(dimensions).toEqual({ width: 64, height: 48 });
  });

  it.each([
    ['an error page', '<!DOCTYPE html><html><body>Not found</body></html>'],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['XML', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
    ['JSON', '{"error":"expired"}'],
    ['a PDF', '%PDF-1.7\n'],
    ['a few zeros', '\0\0\0\0'],
  ])('refuses %s in place of a picture', async (_what, content) => {
    const failure = await failureOf(Buffer.from(content), 'image');

    expect(failure.reason).toBe('wrong-type');
    expect(failure.message).toContain('should be a PNG, JPEG, WebP, GIF or AVIF picture');
  });

  it('refuses a picture in place of a video, and the other way round', async () => {
    expect((await failureOf(fixture('picture.png'), 'video')).message).toBe(
      'The output should be an MP4, WebM or QuickTime video; it is image/png.',
    );
    expect((await failureOf(fixture('movie.mp4'), 'image')).reason).toBe('wrong-type');
  });

  it('refuses nothing at all', async () => {
    expect((await failureOf(Buffer.alloc(0), 'image')).reason).toBe('empty');
  });

  it('refuses a video without its index', async () => {
    const whole = fixture('movie-moov-last.mp4');
    const withoutMoov = whole.subarray(0, whole.indexOf('moov') - 4);

    const failure = await failureOf(withoutMoov, 'video');

    expect(failure.message).toBe('The output is cut off: the moov box missing.');
  });

  it.each([
    ['fewer', 1],
    ['more', -1],
  ])('refuses %s bytes than were announced', async (_what, difference) => {
    const bytes = fixture('picture.png');
    const contentLength = bytes.length + difference;
    const inspection = new Inspection({ expect: 'image', maxBytes: 10_000, contentLength });

    const passed = buffer(inspection.pass(Readable.from([bytes])));

    await expect(passed).rejects.toMatchObject({ reason: 'truncated' });
  });
});
