import { describe, expect, it } from 'vitest';
import { render, type AspectRatio } from './render.js';

const TABLE = 'moov.trak.mdia.minf.stbl';

describe('an MP4', () => {
  it.each([
    ['16:9', 320, 180],
    ['9:16', 180, 320],
    ['1:1', 240, 240],
  ] as const)('of %s says its size and is as long as asked for', (aspectRatio, width, height) => {
    const boxes = read(movie(aspectRatio, 4));
    const entry = at(boxes, `${TABLE}.stsd`);
    const header = at(boxes, 'moov.mvhd');

    expect([entry.readUInt16BE(40), entry.readUInt16BE(42)]).toEqual([width, height]);
    expect(header.readUInt32BE(16) / header.readUInt32BE(12)).toBe(4);
  });

  it('holds as many samples as it lists, one after the other', () => {
    const bytes = movie('16:9', 3);
    const boxes = read(bytes);
    const sizes = at(boxes, `${TABLE}.stsz`);
    const [start] = [at(boxes, `${TABLE}.stco`).readUInt32BE(8)];

    const nalTypes: number[] = [];
    let place = start;
    for (let sample = 0; sample < sizes.readUInt32BE(8); sample += 1) {
      const size = sizes.readUInt32BE(12 + sample * 4);
      expect(bytes.readUInt32BE(place)).toBe(size - 4);
      nalTypes.push(bytes.readUInt8(place + 4) & 31);
      place += size;
    }

    expect(nalTypes).toEqual([5, ...Array.from({ length: 71 }, () => 1)]);
    expect(place).toBe(bytes.length);
  });
});

const movie = (aspectRatio: AspectRatio, seconds: number): Buffer =>
  render({ kind: 'movie', aspectRatio, seconds, text: 'a horse' });

const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

/** Every box by its path; content without length and type. */
function read(bytes: Buffer, path = ''): Map<string, Buffer> {
  const boxes = new Map<string, Buffer>();
  for (let place = 0; place < bytes.length;) {
    const size = bytes.readUInt32BE(place);
    const type = bytes.toString('latin1', place + 4, place + 8);
    const content = bytes.subarray(place + 8, place + size);
    boxes.set(`${path}${type}`, content);
    if (CONTAINERS.has(type)) {
      for (const [key, value] of read(content, `${path}${type}.`)) boxes.set(key, value);
    }
    place += size;
  }
  return boxes;
}

function at(boxes: ReadonlyMap<string, Buffer>, path: string): Buffer {
  const content = boxes.get(path);
  if (!content) throw new Error(`no ${path}`);
  return content;
}
