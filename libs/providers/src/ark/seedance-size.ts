/**
 * Pixels of a film by generation, class and shape, by the table of the vendor's page
 * (https://docs.byteplus.com/en/docs/modelark/create-video-generation-task-api).
 */
export type Generation = '1.0' | '1.5' | '2.0' | '2.5';

export const FIXED_RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9'] as const;
/** The vendor picks the shape of the six that comes nearest to the pictures, or to the prompt. */
export const ADAPTIVE = 'adaptive';

const FRAMES_PER_SECOND = 24;

/**
 * Tokens of a film, by the vendor's formula: seconds x width x height x 24 / 1024. An adaptive one is
 * counted as the largest of its class, which all are within a few percent of; undefined for a class
 * that the table lacks. What was used in the end is in the answer.
 */
export function filmTokens(film: {
  readonly generation: Generation;
  readonly resolution: string;
  readonly ratio: string;
  readonly seconds: number;
}): number | undefined {
  const areas = AREAS[film.generation][film.resolution];
  if (!areas) return undefined;
  const index = FIXED_RATIOS.findIndex((ratio) => ratio === film.ratio);
  const area = areas[index] ?? Math.max(...areas);
  return Math.ceil((film.seconds * area * FRAMES_PER_SECOND) / 1024);
}

type Areas = Readonly<Record<string, readonly number[]>>;

/** In the order of `FIXED_RATIOS`. */
const row = (...sizes: readonly (readonly [number, number])[]): readonly number[] =>
  sizes.map(([width, height]) => width * height);

const AT_720P = row([1280, 720], [1112, 834], [960, 960], [834, 1112], [720, 1280], [1470, 630]);
const AT_1080P = row(
  [1920, 1080],
  [1664, 1248],
  [1440, 1440],
  [1248, 1664],
  [1080, 1920],
  [2206, 946],
);
const SINCE_1_5: Areas = {
  '480p': row([864, 496], [752, 560], [640, 640], [560, 752], [496, 864], [992, 432]),
  '720p': AT_720P,
  '1080p': AT_1080P,
};

const AREAS: Readonly<Record<Generation, Areas>> = {
  '1.0': {
    '480p': row([864, 480], [736, 544], [640, 640], [544, 736], [480, 864], [960, 416]),
    '720p': row([1248, 704], [1120, 832], [960, 960], [832, 1120], [704, 1248], [1504, 640]),
    '1080p': row([1920, 1088], [1664, 1248], [1440, 1440], [1248, 1664], [1088, 1920], [2176, 928]),
  },
  '1.5': SINCE_1_5,
  '2.0': {
    ...SINCE_1_5,
    '4k': row([3840, 2160], [3326, 2494], [2880, 2880], [2494, 3326], [2160, 3840], [4398, 1886]),
  },
  '2.5': {
    '480p': row([854, 480], [752, 560], [640, 640], [560, 752], [480, 854], [992, 432]),
    '720p': AT_720P,
    '1080p': AT_1080P,
  },
};
