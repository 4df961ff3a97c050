import type { TextGrid } from './text-grid.js';

/**
 * A lossless WebP of two colours that differ in green (and in alpha, for a transparent background):
 * with two-symbol prefix codes a pixel is one bit (or two).
 * https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification
 */
export function encodeWebp(
  grid: TextGrid,
  { transparent }: { readonly transparent: boolean },
): Buffer {
  const header = headerBits(grid, transparent);
  const bitsPerPixel = transparent ? 2 : 1;
  const size = 1 + Math.ceil((header.length + grid.width * grid.height * bitsPerPixel) / 8);
  const stream = Buffer.alloc(size + (size % 2));
  stream.writeUInt8(0x2f, 0);
  for (const [index, bit] of header.entries()) if (bit === 1) setBit(stream, index);
  forEachInk(grid, (pixel) => {
    for (let bit = 0; bit < bitsPerPixel; bit += 1) {
      setBit(stream, header.length + pixel * bitsPerPixel + bit);
    }
  });
  return riff(stream, size);
}

/** Bits, least significant first: size, alpha, version, no transform, no cache, no meta codes, five prefix codes. */
function headerBits(grid: TextGrid, transparent: boolean): readonly number[] {
  return [
    ...low(grid.width - 1, 14),
    ...low(grid.height - 1, 14),
    ...low(transparent ? 1 : 0, 1),
    ...low(0, 3 + 1 + 1 + 1),
    ...twoSymbols(40, 255), // green
    ...oneSymbol(90), // red
    ...oneSymbol(110), // blue
    ...(transparent ? twoSymbols(0, 255) : oneSymbol(255)), // alpha
    ...oneSymbol(0), // distance, never used
  ];
}

const low = (value: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, bit) => (value >> bit) & 1);
const oneSymbol = (symbol: number): readonly number[] => [1, 0, 1, ...low(symbol, 8)];
const twoSymbols = (zero: number, one: number): readonly number[] => [
  1,
  1,
  1,
  ...low(zero, 8),
  ...low(one, 8),
];

function setBit(stream: Buffer, index: number): void {
  const at = 1 + (index >> 3);
  stream.writeUInt8(stream.readUInt8(at) | (1 << (index & 7)), at);
}

function forEachInk(grid: TextGrid, visit: (pixel: number) => void): void {
  for (const [cell, ink] of grid.cells.entries()) {
    if (ink === 0) continue;
    const left = (cell % grid.columns) * grid.scale;
    const top = Math.floor(cell / grid.columns) * grid.scale;
    for (let y = top; y < Math.min(grid.height, top + grid.scale); y += 1) {
      for (let x = left; x < Math.min(grid.width, left + grid.scale); x += 1)
        visit(y * grid.width + x);
    }
  }
}

function riff(stream: Buffer, size: number): Buffer {
  const header = Buffer.from('RIFF....WEBPVP8L....', 'latin1');
  header.writeUInt32LE(12 + stream.length, 4);
  header.writeUInt32LE(size, 16);
  return Buffer.concat([header, stream]);
}
