import { BitWriter } from './bit-writer.js';
import type { TextGrid } from './text-grid.js';

const BLOCK = 8;
const BACKGROUND = 48;
const INK = 240;

/**
 * A grey baseline JPEG. The grid's scale is a multiple of 8, so every block has one level: a DC
 * coefficient and nothing else. https://www.w3.org/Graphics/JPEG/itu-t81.pdf
 */
export function encodeJpeg(grid: TextGrid): Buffer {
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, [...Buffer.from('JFIF\0', 'latin1'), 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    // All steps are 8: the DC coefficient of a flat block is then just its level minus 128.
    segment(0xdb, [0, ...Array.from({ length: 64 }, () => 8)]),
    segment(0xc0, [8, ...twoBytes(grid.height), ...twoBytes(grid.width), 1, 1, 0x11, 0]),
    // DC codes: the sizes 0 to 8, each four bits long (code = size). AC codes: one, end of block, one bit.
    segment(0xc4, [0x00, 0, 0, 0, 9, ...zeros(12), 0, 1, 2, 3, 4, 5, 6, 7, 8]),
    segment(0xc4, [0x10, 1, ...zeros(15), 0]),
    segment(0xda, [1, 1, 0x00, 0, 63, 0]),
    scan(grid),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function scan(grid: TextGrid): Buffer {
  const writer = new BitWriter();
  const cellsPerBlock = BLOCK / grid.scale;
  let before = 0;
  for (let y = 0; y < Math.ceil(grid.height / BLOCK); y += 1) {
    for (let x = 0; x < Math.ceil(grid.width / BLOCK); x += 1) {
      const row = Math.floor(y * cellsPerBlock);
      const level = grid.cells[row * grid.columns + Math.floor(x * cellsPerBlock)]
        ? INK
        : BACKGROUND;
      writeDifference(writer, level - 128 - before);
      before = level - 128;
      writer.bits(0, 1);
    }
  }
  writer.align(1);
  return escapeMarkers(writer.toBuffer());
}

/** Size in bits, then the bits; a negative difference is written as its ones' complement. */
function writeDifference(writer: BitWriter, difference: number): void {
  const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
  writer.bits(size, 4);
  writer.bits(difference < 0 ? difference + 2 ** size - 1 : difference, size);
}

/** 0xff inside the scan is followed by a zero byte. */
function escapeMarkers(bytes: Buffer): Buffer {
  const escaped = Buffer.alloc(2 * bytes.length);
  let length = 0;
  for (const byte of bytes) {
    escaped[length] = byte;
    length += byte === 0xff ? 2 : 1;
  }
  return escaped.subarray(0, length);
}

function segment(marker: number, content: readonly number[]): Buffer {
  return Buffer.from([0xff, marker, ...twoBytes(content.length + 2), ...content]);
}

const twoBytes = (value: number): readonly [number, number] => [value >> 8, value & 0xff];
const zeros = (count: number): readonly number[] => Array.from({ length: count }, () => 0);
