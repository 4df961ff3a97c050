import { crc32, deflateSync } from 'node:zlib';
import type { TextGrid } from './text-grid.js';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * A PNG with a palette of two colours, one bit a pixel, so that even 4K is a megabyte before deflate.
 * https://www.w3.org/TR/png-3/
 */
export function encodePng(
  grid: TextGrid,
  colours: {
    readonly background: readonly [number, number, number];
    readonly transparent: boolean;
  },
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(grid.width, 0);
  header.writeUInt32BE(grid.height, 4);
  header.set([1, 3, 0, 0, 0], 8); // bit depth, palette, deflate, adaptive filters, no interlace
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from([...colours.background, 255, 255, 255])),
    ...(colours.transparent ? [chunk('tRNS', Buffer.from([0, 255]))] : []),
    chunk('IDAT', deflateSync(packRows(grid), { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Each row: a filter byte (none), then the pixels, eight to a byte. A row of cells is packed once. */
function packRows(grid: TextGrid): Buffer {
  const stride = 1 + Math.ceil(grid.width / 8);
  const packed = Buffer.alloc(stride * grid.height);
  for (let row = 0; row < grid.rows; row += 1) {
    const line = packCells(grid, row, stride);
    const bottom = Math.min(grid.height, (row + 1) * grid.scale);
    for (let y = row * grid.scale; y < bottom; y += 1) line.copy(packed, y * stride);
  }
  return packed;
}

function packCells(grid: TextGrid, row: number, stride: number): Buffer {
  const line = Buffer.alloc(stride);
  for (let column = 0; column < grid.columns; column += 1) {
    if (grid.cells[row * grid.columns + column] === 0) continue;
    const right = Math.min(grid.width, (column + 1) * grid.scale);
    for (let x = column * grid.scale; x < right; x += 1) {
      const at = 1 + (x >> 3);
      line.writeUInt8(line.readUInt8(at) | (0x80 >> (x & 7)), at);
    }
  }
  return line;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
