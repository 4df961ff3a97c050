import type { Dimensions } from './media-check.js';

/**
 * Width and height of a movie by the content of its `moov` box: the largest track's presentation size
 * out of `trak/tkhd` (ISO/IEC 14496-12, 8.3.2; 16.16 fixed point). `null` when there is no picture.
 */
export function movieDimensions(moov: Buffer): Dimensions | null {
  const sizes = boxesIn(moov, 'trak')
    .flatMap((trak) => boxesIn(trak, 'tkhd'))
    .map((tkhd) => trackDimensions(tkhd))
    .filter((size) => size !== null)
    .toSorted((a, b) => b.width * b.height - a.width * a.height);
  return sizes[0] ?? null;
}

function trackDimensions(tkhd: Buffer): Dimensions | null {
  // Version 1 has three 64-bit times in place of 32-bit ones.
  const widthAt = tkhd[0] === 1 ? 88 : 76;
  if (tkhd.length < widthAt + 8) return null;
  const width = Math.round(tkhd.readUInt32BE(widthAt) / 65_536);
  const height = Math.round(tkhd.readUInt32BE(widthAt + 4) / 65_536);
  return width > 0 && height > 0 ? { width, height } : null;
}

/** Contents of the boxes of one type directly inside `content`; stops at what is not a box. */
function boxesIn(content: Buffer, type: string): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  while (at + 8 <= content.length) {
    const size = content.readUInt32BE(at);
    if (size < 8) break;
    if (content.toString('latin1', at + 4, at + 8) === type) {
      found.push(content.subarray(at + 8, at + size));
    }
    at += size;
  }
  return found;
}
