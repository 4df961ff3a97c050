import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { StoredFacts, TaskDetail, TaskOutput } from '@app/tasks';
import { makeTask } from '@app/tasks/testing';
import { describe, expect, it } from 'vitest';
import { imageEvents, imageJson, lengthOf, type Part, sent } from './image-answer.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const LATER = new Date('2026-11-23T12:00:00Z');

function picture(index: number, bytes: Buffer, more: Partial<StoredFacts> = {}): TaskOutput {
  const key = bytes.toString('hex');
  const facts = { key, mime: 'image/png', bytes: bytes.length, sha256: '', width: 8, height: 4 };
  const stored = { ...facts, ...more };
  return { id: `out-${index}`, index, type: 'image', source: null, stored, expireAt: LATER };
}

const detailOf = (...outputs: readonly TaskOutput[]): TaskDetail => ({
  task: { ...makeTask(), status: 'success', completedAt: NOW },
  outputs,
  delivery: null,
});

/** Hands the bytes out in pieces of `size`. */
const inPieces = (size: number) => async (facts: StoredFacts) => {
  const bytes = Buffer.from(facts.key, 'hex');
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return Readable.from(pieces, { objectMode: false });
};

/** Of parts that are texts alone. */
const joined = (parts: readonly Part[]): string =>
  parts.filter((part) => typeof part === 'string').join('');

const link = (outputId: string): string => `https://gateway.example/outputs/${outputId}`;
const answer = { format: 'b64_json', link, now: NOW } as const;

describe('the answer with pictures', () => {
  it.each([1, 2, 3, 4, 5, 1000])(
    'is whole and as long as it says, read %i bytes at a time',
    async (size) => {
      const bytes = [Buffer.from('0123456789'), Buffer.from('ab'), Buffer.from('xyz')];
      const detail = detailOf(...bytes.map((one, index) => picture(index, one)));
      const parts = imageJson({ ...answer, detail });
      const body = await text(Readable.from(sent(parts, inPieces(size))));

      expect(Buffer.byteLength(body)).toBe(lengthOf(parts));
      expect(JSON.parse(body)).toEqual({
        created: NOW.getTime() / 1000,
        output_format: 'png',
        size: '8x4',
        data: bytes.map((one) => ({ b64_json: one.toString('base64') })),
      });
    },
  );

  it('has links where links are asked for', () => {
    const detail = detailOf(picture(0, Buffer.from('a')));
    const parts = imageJson({ ...answer, detail, format: 'url' });

    expect(JSON.parse(joined(parts))).toMatchObject({
      data: [{ url: 'https://gateway.example/outputs/out-0' }],
    });
  });

  it('names no format and no size that not all of them have', () => {
    const a = picture(0, Buffer.from('a'), { width: null });
    const b = picture(1, Buffer.from('b'), { mime: 'image/jpeg' });
    const parts = imageJson({ ...answer, detail: detailOf(a, b), format: 'url' });

    expect(Object.keys(JSON.parse(joined(parts)) as object)).toEqual(['created', 'data']);
  });

  it('leaves out what has expired', () => {
    const gone = { ...picture(0, Buffer.from('a')), expireAt: NOW };
    const parts = imageJson({ ...answer, detail: detailOf(gone) });

    expect(JSON.parse(joined(parts))).toMatchObject({ data: [] });
  });

  it('is one event for each picture in a stream', async () => {
    const detail = detailOf(picture(0, Buffer.from('a')), picture(1, Buffer.from('b')));
    const parts = imageEvents('image_edit.completed', { ...answer, detail });
    const frames = (await text(Readable.from(sent(parts, inPieces(1))))).split('\n\n');
    const [name = '', data = ''] = frames[1]?.split('\n') ?? [];

    expect(frames).toHaveLength(3);
    expect(name).toBe('event: image_edit.completed');
    expect(JSON.parse(data.replace('data: ', ''))).toMatchObject({
      type: 'image_edit.completed',
      b64_json: 'Yg==',
      size: '8x4',
      output_format: 'png',
    });
  });
});
