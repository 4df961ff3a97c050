import { PROFILE_BYTES, type H264 } from './h264.js';

export interface Movie {
  readonly video: H264;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly framesPerSecond: number;
}

/** Ticks of one frame; with 24 frames a second the time scale is 12288. */
const TICKS_PER_FRAME = 512;

/**
 * One H.264 track as an MP4 (ISO/IEC 14496-12 and -15), index first so that playing starts at once.
 */
export function muxMp4(movie: Movie): Buffer {
  const samples = Array.from({ length: movie.frames }, (_, index) =>
    withLength(index === 0 ? movie.video.firstPicture : movie.video.repeat(index)),
  );
  const type = box('ftyp', 'isom', u32(512), 'isomiso2avc1mp41');
  // The chunk's offset is known once the index's size is, which does not depend on it.
  const dataStart = type.length + movieIndex(movie, samples, 0).length + 8;
  return Buffer.concat([type, movieIndex(movie, samples, dataStart), box('mdat', ...samples)]);
}

function movieIndex(movie: Movie, samples: readonly Buffer[], dataStart: number): Buffer {
  const timescale = movie.framesPerSecond * TICKS_PER_FRAME;
  const duration = movie.frames * TICKS_PER_FRAME;
  return box(
    'moov',
    fullBox(
      'mvhd',
      0,
      zeros(8),
      u32(timescale, duration, 0x10000),
      u16(0x100),
      zeros(10),
      MATRIX,
      zeros(24),
      u32(2),
    ),
    box(
      'trak',
      fullBox(
        'tkhd',
        3,
        zeros(8),
        u32(1),
        zeros(4),
        u32(duration),
        zeros(16),
        MATRIX,
        u32(movie.width << 16, movie.height << 16),
      ),
      box(
        'mdia',
        fullBox('mdhd', 0, zeros(8), u32(timescale, duration), u16(0x55c4, 0)),
        fullBox('hdlr', 0, zeros(4), 'vide', zeros(12), 'Video\0'),
        box(
          'minf',
          fullBox('vmhd', 1, zeros(8)),
          box('dinf', fullBox('dref', 0, u32(1), fullBox('url ', 1))),
          sampleTable(movie, samples, dataStart),
        ),
      ),
    ),
  );
}

function sampleTable(movie: Movie, samples: readonly Buffer[], dataStart: number): Buffer {
  return box(
    'stbl',
    fullBox('stsd', 0, u32(1), sampleEntry(movie)),
    fullBox('stts', 0, u32(1, samples.length, TICKS_PER_FRAME)),
    fullBox('stss', 0, u32(1, 1)),
    fullBox('stsc', 0, u32(1, 1, samples.length, 1)),
    fullBox('stsz', 0, u32(0, samples.length, ...samples.map((sample) => sample.length))),
    fullBox('stco', 0, u32(1, dataStart)),
  );
}

function sampleEntry({ video, width, height }: Movie): Buffer {
  const dotsPerInch = 72 << 16;
  return box(
    'avc1',
    zeros(6),
    u16(1),
    zeros(16),
    u16(width, height),
    u32(dotsPerInch, dotsPerInch, 0),
    u16(1),
    zeros(32),
    u16(24, 0xffff),
    box(
      'avcC',
      Buffer.from([1, ...PROFILE_BYTES, 0xff, 0xe1]),
      u16(video.sequenceParameters.length),
      video.sequenceParameters,
      Buffer.from([1]),
      u16(video.pictureParameters.length),
      video.pictureParameters,
    ),
  );
}

function box(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(
    [type, ...parts].map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
  return withLength(body, 4);
}

function fullBox(type: string, flags: number, ...parts: readonly (Buffer | string)[]): Buffer {
  return box(type, u32(flags), ...parts);
}

/** A 32-bit length before the bytes; a box counts the length itself, a NAL unit does not. */
function withLength(bytes: Buffer, counted = 0): Buffer {
  return Buffer.concat([u32(bytes.length + counted), bytes]);
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [place, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, place * 4);
  return bytes;
}

function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [place, value] of values.entries()) bytes.writeUInt16BE(value, place * 2);
  return bytes;
}

const zeros = (count: number): Buffer => Buffer.alloc(count);

/** No rotation. */
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
