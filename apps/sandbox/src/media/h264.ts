import { BitWriter } from './bit-writer.js';
import type { TextGrid } from './text-grid.js';

/**
 * The least that is H.264 (ITU-T H.264, baseline, level 3): a first picture whose macroblocks are raw
 * samples (I_PCM), then pictures in which every macroblock is skipped, that is: the same again.
 */
export interface H264 {
  /** NAL units, without start codes or lengths. */
  readonly sequenceParameters: Buffer;
  readonly pictureParameters: Buffer;
  readonly firstPicture: Buffer;
  /** Picture number `index` (≥ 1). */
  readonly repeat: (index: number) => Buffer;
}

const MACROBLOCK = 16;
/** `frame_num` counts in four bits. */
const FRAME_NUMBERS = 16;
const LEVEL = 30;
export const PROFILE_BYTES = [66, 0xc0, LEVEL] as const;

const INK = 224;
const PAPER = 48;

export function encodeH264(grid: TextGrid, chroma: readonly [number, number]): H264 {
  const across = Math.ceil(grid.width / MACROBLOCK);
  const down = Math.ceil(grid.height / MACROBLOCK);
  const repeats = Array.from({ length: FRAME_NUMBERS }, (_, number) =>
    skipped(number, across * down),
  );
  return {
    sequenceParameters: sequenceParameters(grid, across, down),
    pictureParameters: pictureParameters(),
    firstPicture: rawPicture(grid, { across, down, chroma }),
    repeat: (index) => repeats[index % FRAME_NUMBERS] ?? Buffer.alloc(0),
  };
}

function sequenceParameters(grid: TextGrid, across: number, down: number): Buffer {
  const writer = new BitWriter();
  for (const byte of PROFILE_BYTES) writer.bits(byte, 8);
  // id; log2(frame numbers) - 4; picture order as decoded; one reference picture
  for (const value of [0, 0, 2, 1]) exponential(writer, value);
  writer.bits(0, 1); // no gaps in frame numbers
  exponential(writer, across - 1);
  exponential(writer, down - 1);
  writer.bits(0b111, 3); // frames only, direct 8x8, cropped
  const cropped = [0, across * MACROBLOCK - grid.width, 0, down * MACROBLOCK - grid.height];
  for (const pixels of cropped) exponential(writer, pixels / 2);
  writer.bits(0, 1); // no VUI
  return nal(0x67, writer);
}

function pictureParameters(): Buffer {
  const writer = new BitWriter();
  exponential(writer, 0);
  exponential(writer, 0);
  writer.bits(0, 2); // CAVLC, no bottom field order
  for (const value of [0, 0, 0]) exponential(writer, value); // one slice group, one reference each
  writer.bits(0, 3); // no weighted prediction
  for (const value of [0, 0, 0]) exponential(writer, value); // QP, QS and chroma offsets
  writer.bits(0b100, 3); // the slices say that nothing is deblocked
  return nal(0x68, writer);
}

function rawPicture(
  grid: TextGrid,
  size: {
    readonly across: number;
    readonly down: number;
    readonly chroma: readonly [number, number];
  },
): Buffer {
  const writer = new BitWriter();
  for (const value of [0, 7, 0]) exponential(writer, value); // first macroblock, all I slices, parameters
  writer.bits(0, 4); // frame number
  exponential(writer, 0); // IDR id
  writer.bits(0, 2); // no output of prior pictures, not long-term
  exponential(writer, 0); // QP delta
  exponential(writer, 1); // no deblocking
  const [blue, red] = size.chroma;
  const colour = Buffer.concat([Buffer.alloc(64, blue), Buffer.alloc(64, red)]);
  for (let index = 0; index < size.across * size.down; index += 1) {
    exponential(writer, 25); // I_PCM
    writer.align(0);
    writer.raw(
      luma(grid, (index % size.across) * MACROBLOCK, Math.floor(index / size.across) * MACROBLOCK),
    );
    writer.raw(colour);
  }
  return nal(0x65, writer);
}

function luma(grid: TextGrid, left: number, top: number): Uint8Array {
  const samples = new Uint8Array(MACROBLOCK * MACROBLOCK).fill(PAPER);
  for (let y = 0; y < MACROBLOCK; y += 1) {
    const row = Math.floor((top + y) / grid.scale) * grid.columns;
    for (let x = 0; x < MACROBLOCK; x += 1) {
      const column = Math.floor((left + x) / grid.scale);
      const isInk = column < grid.columns && grid.cells[row + column] === 1;
      if (isInk) samples[y * MACROBLOCK + x] = INK;
    }
  }
  return samples;
}

function skipped(frameNumber: number, macroblocks: number): Buffer {
  const writer = new BitWriter();
  for (const value of [0, 5, 0]) exponential(writer, value); // first macroblock, all P slices, parameters
  writer.bits(frameNumber, 4);
  writer.bits(0, 3); // default references, in default order, no marking commands
  exponential(writer, 0); // QP delta
  exponential(writer, 1); // no deblocking
  exponential(writer, macroblocks); // the run of skipped ones: all
  return nal(0x41, writer);
}

/** ue(v), and se(v) for zero: as many zeros as the number plus one has further bits, then it. */
function exponential(writer: BitWriter, value: number): void {
  const bits = Math.floor(Math.log2(value + 1));
  writer.bits(0, bits);
  writer.bits(value + 1, bits + 1);
}

/** Ends the payload with its stop bit and keeps start codes from appearing inside it. */
function nal(header: number, writer: BitWriter): Buffer {
  writer.bits(1, 1);
  writer.align(0);
  const payload = writer.toBuffer();
  // Every third byte at most is followed by one that keeps it apart.
  const escaped = Buffer.allocUnsafe(2 + Math.ceil(payload.length * 1.5));
  let length = escaped.writeUInt8(header, 0);
  let zeros = 0;
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      escaped[length] = 3;
      length += 1;
      zeros = 0;
    }
    escaped[length] = byte;
    length += 1;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return escaped.subarray(0, length);
}
