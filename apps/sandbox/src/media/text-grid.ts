import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphRows } from './glyphs.js';

/** A picture in coarse squares: each cell is `scale` × `scale` pixels, cut off at the right and bottom edge. */
export interface TextGrid {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly columns: number;
  readonly rows: number;
  /** Row by row; 1 is ink. */
  readonly cells: Uint8Array;
}

const ADVANCE = GLYPH_WIDTH + 1;
const LINE_HEIGHT = GLYPH_HEIGHT + 2;
/** A line of about this many signs is readable in a thumbnail. */
const SIGNS_PER_LINE = 14;

/**
 * Writes a text as large as it fits, wrapped at words; what does not fit at the smallest scale is cut off.
 * `step`: the scale is a multiple of it (a JPEG block is 8).
 */
export function drawText(
  text: string,
  {
    width,
    height,
    step = 1,
  }: { readonly width: number; readonly height: number; readonly step?: number },
): TextGrid {
  const largest = Math.max(1, Math.floor(width / (SIGNS_PER_LINE * ADVANCE) / step)) * step;
  for (let scale = largest; ; scale -= step) {
    const room = roomAt(scale, width, height);
    const lines = wrap(text, room.signs);
    if (lines.length <= room.lines || scale <= step) {
      return paint(lines.slice(0, room.lines), { width, height, scale });
    }
  }
}

/** One cell stays free on each side. */
function roomAt(scale: number, width: number, height: number): { signs: number; lines: number } {
  return {
    signs: Math.max(1, Math.floor((Math.floor(width / scale) - 1) / ADVANCE)),
    lines: Math.max(0, Math.floor((Math.floor(height / scale) - 1) / LINE_HEIGHT)),
  };
}

/** Greedy, by words; a word longer than a line is broken. */
function wrap(text: string, signsPerLine: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= signsPerLine) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    for (; line.length > signsPerLine; line = line.slice(signsPerLine)) {
      lines.push(line.slice(0, signsPerLine));
    }
  }
  return line === '' ? lines : [...lines, line];
}

function paint(
  lines: readonly string[],
  {
    width,
    height,
    scale,
  }: { readonly width: number; readonly height: number; readonly scale: number },
): TextGrid {
  const columns = Math.ceil(width / scale);
  const rows = Math.ceil(height / scale);
  const cells = new Uint8Array(columns * rows);
  for (const [lineIndex, line] of lines.entries()) {
    for (const [signIndex, sign] of Array.from(line).entries()) {
      stamp(sign, {
        cells,
        columns,
        left: 1 + signIndex * ADVANCE,
        top: 1 + lineIndex * LINE_HEIGHT,
      });
    }
  }
  return { width, height, scale, columns, rows, cells };
}

interface Place {
  readonly cells: Uint8Array;
  readonly columns: number;
  readonly left: number;
  readonly top: number;
}

function stamp(sign: string, { cells, columns, left, top }: Place): void {
  for (const [y, dots] of glyphRows(sign).entries()) {
    for (let x = 0; x < GLYPH_WIDTH && left + x < columns; x += 1) {
      if (dots[x] === '1') cells[(top + y) * columns + left + x] = 1;
    }
  }
}

/** A colour of its own for each text, dark enough for light ink: red, green, blue. */
export function backgroundFor(text: string): readonly [number, number, number] {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1)
    hash = (hash * 31 + text.charCodeAt(index)) % 0x1000000;
  return [24 + (hash % 72), 24 + ((hash >> 8) % 72), 48 + ((hash >> 16) % 80)];
}
