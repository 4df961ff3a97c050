import { readFileSync } from 'node:fs';
import type { MediaKind, MediaSlot } from '@app/providers';

export interface Sample {
  readonly file: string;
  readonly mime: string;
  readonly bytes: Buffer;
}

const sample = (file: string, mime: string): Sample => ({
  file,
  mime,
  bytes: readFileSync(new URL(`samples/${file}`, import.meta.url)),
});

/** Small real files that vendors take: 1024×1024, or 1280×720 and four seconds; as ffmpeg 5.1 writes them. */
const SAMPLES: Readonly<Record<MediaKind, readonly [Sample, ...Sample[]]>> = {
  image: [sample('picture.png', 'image/png'), sample('picture.jpg', 'image/jpeg')],
  video: [sample('film.mp4', 'video/mp4')],
  audio: [sample('sound.mp3', 'audio/mpeg'), sample('sound.wav', 'audio/wav')],
};

/** The first that the place takes. */
export function sampleFor({ kind, accepts }: Pick<MediaSlot, 'kind' | 'accepts'>): Sample {
  const [first, ...more] = SAMPLES[kind];
  return [first, ...more].find(({ mime }) => !accepts || accepts.includes(mime)) ?? first;
}

export const sampleNamed = (file: string): Sample | undefined =>
  Object.values(SAMPLES)
    .flat()
    .find((one) => one.file === file);
