import { readFileSync } from 'node:fs';

/** A tiny real file (64×48) as ffmpeg 5.1 writes it from its test pattern. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url));
}
