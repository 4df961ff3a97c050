import { inflateSync } from 'node:zlib';
import { imageSize } from 'image-size';
import { describe, expect, it } from 'vitest';
import { render } from './render.js';

const SIZES = [
  [64, 64],
  [100, 70],
  [1664, 928],
  [1024, 1536],
] as const;
const FORMATS = ['png', 'jpeg', 'webp'] as const;

const picture = (
  format: (typeof FORMATS)[number],
  width: number,
  height: number,
  text = 'a cat',
): Buffer => render({ kind: 'picture', format, width, height, text });

describe('render', () => {
  it.each(
    SIZES.flatMap(([width, height]) => FORMATS.map((format) => [format, width, height] as const)),
  )('makes a %s of exactly %i x %i', (format, width, height) => {
    const size = imageSize(picture(format, width, height));

    expect(size).toMatchObject({ type: format === 'jpeg' ? 'jpg' : format, width, height });
  });

  it('fills every row of a PNG', () => {
    const png = picture('png', 100, 70);

    const rows = inflateSync(pngChunk(png, 'IDAT'));

    expect(rows).toHaveLength(70 * (1 + Math.ceil(100 / 8)));
    expect([...pngChunk(png, 'IHDR').subarray(8)]).toEqual([1, 3, 0, 0, 0]);
  });

  it('draws the text into a PNG', () => {
    const drawn = inflateSync(pngChunk(picture('png', 64, 64, 'I'), 'IDAT'));
    const blank = inflateSync(pngChunk(picture('png', 64, 64, ''), 'IDAT'));

    expect(blank.every((byte) => byte === 0)).toBe(true);
    expect(drawn.some((byte) => byte !== 0)).toBe(true);
  });

  it('shows different texts differently and the same text alike', () => {
    expect(picture('png', 64, 64, 'one')).toEqual(picture('png', 64, 64, 'one'));
    expect(picture('png', 64, 64, 'one')).not.toEqual(picture('png', 64, 64, 'two'));
  });
});

function pngChunk(png: Buffer, type: string): Buffer {
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === type)
      return png.subarray(at + 8, at + 8 + length);
    at += length + 12;
  }
  throw new Error(`no ${type}`);
}
