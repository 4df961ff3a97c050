import { BoxCheck } from './box-check.js';
import { DeclaredLengthCheck, ebmlLength, riffLength } from './declared-length-check.js';
import type { MediaCheck } from './media-check.js';
import type { Container } from './media-type.js';
import { TailCheck } from './tail-check.js';

/** Without this a file cut by its vendor would pass: not every server tells the length beforehand. */
const CHECKS: Readonly<Record<Container, (mime: string) => MediaCheck>> = {
  // https://www.w3.org/TR/png-3/#11IEND: chunk type and its constant CRC.
  png: () => new TailCheck({ mark: '49454e44ae426082', name: 'the IEND chunk', within: 1024 }),
  // Inside the picture's data FF is always followed by 00 or a restart marker, so FFD9 is the end.
  jpeg: () => new TailCheck({ mark: 'ffd9', name: 'the end-of-image marker', within: 1024 }),
  gif: () => new TailCheck({ mark: '003b', name: 'the trailer', within: 2 }),
  riff: () => new DeclaredLengthCheck(riffLength),
  ebml: () => new DeclaredLengthCheck(ebmlLength),
  boxes: (mime) => new BoxCheck(mime.startsWith('image/') ? 'meta' : 'moov'),
  // MP3 and OGG are frame after frame, and play as far as they come.
  stream: () => new DeclaredLengthCheck(() => null),
};

export function checkFor(container: Container, mime: string): MediaCheck {
  return CHECKS[container](mime);
}
