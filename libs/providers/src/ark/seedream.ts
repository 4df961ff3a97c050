import type { SizeLimits } from '../picture-size.js';

/** What one model of the family can do. */
export interface Seedream {
  readonly id: string;
  readonly aliases: readonly string[];
  /** BytePlus's name; `vendorModelAt` has the other host's. */
  readonly vendorModel: string;
  /** Classes of size that it knows by name. */
  readonly resolutions: readonly string[];
  readonly limits: SizeLimits;
  /** Pictures to work from. */
  readonly images: number;
  /** Whether the file's format can be chosen; the others make JPEG. */
  readonly formats: boolean;
  /** Whether it rewrites prompts fast as well as well. */
  readonly fastRewriting: boolean;
  readonly typicalSeconds: number;
}

const MAX_4K = 4096 * 4096;
const MIN_720P = 1280 * 720;
const MIN_1440P = 2560 * 1440;

const limits = (minPixels: number, maxPixels: number): SizeLimits => ({
  multipleOf: 1,
  minEdge: 15,
  maxEdge: Number.POSITIVE_INFINITY,
  minPixels,
  maxPixels,
  maxRatio: 16,
});

function namesOf(bare: string, date: string, brand: string): readonly string[] {
  return [`${bare}-${date}`, `${brand}-${bare}`, `${brand}-${bare}-${date}`].concat(
    `doubao-${bare}`,
    `doubao-${bare}-${date}`,
  );
}

export const SEEDREAM: readonly Seedream[] = [
  {
    id: 'seedream-5-0-pro',
    aliases: ['seedream', ...namesOf('seedream-5-0-pro', '260628', 'dola')],
    vendorModel: 'dola-seedream-5-0-pro-260628',
    resolutions: ['1K', '2K'],
    // A tenth more than 2048x2048, for long shapes.
    limits: limits(MIN_720P, 4_624_220),
    images: 10,
    formats: true,
    fastRewriting: false,
    typicalSeconds: 40,
  },
  {
    id: 'seedream-5-0-lite',
    aliases: [
      ...namesOf('seedream-5-0-lite', '260128', 'dola'),
      'seedream-5-0',
      'seedream-5-0-260128',
      'doubao-seedream-5-0-260128',
    ],
    vendorModel: 'seedream-5-0-lite-260128',
    resolutions: ['2K', '3K', '4K'],
    limits: limits(MIN_1440P, MAX_4K),
    images: 14,
    formats: true,
    fastRewriting: false,
    typicalSeconds: 30,
  },
  {
    id: 'seedream-4-5',
    aliases: namesOf('seedream-4-5', '251128', 'dola'),
    vendorModel: 'seedream-4-5-251128',
    resolutions: ['2K', '4K'],
    limits: limits(MIN_1440P, MAX_4K),
    images: 14,
    formats: false,
    fastRewriting: false,
    typicalSeconds: 25,
  },
  {
    id: 'seedream-4-0',
    aliases: namesOf('seedream-4-0', '250828', 'dola'),
    vendorModel: 'seedream-4-0-250828',
    resolutions: ['1K', '2K', '4K'],
    limits: limits(MIN_720P, MAX_4K),
    images: 14,
    formats: false,
    fastRewriting: true,
    typicalSeconds: 20,
  },
];

/** The model of a catalog entry. @throws Error for a name that is none of the family */
export function seedreamOf(vendorModel: string): Seedream {
  const found = SEEDREAM.find((seedream) => seedream.vendorModel === vendorModel);
  if (!found) throw new Error(`${vendorModel} is no Seedream model`);
  return found;
}
