import type { Generation } from './seedance-size.js';

/** What one model of the family can do; schema, request and estimate follow from it. */
export interface Seedance {
  readonly id: string;
  readonly aliases: readonly string[];
  /** BytePlus's name; `vendorModelAt` has the other host's. */
  readonly vendorModel: string;
  /** Its name where the film begins with pictures, where that is a model of its own. */
  readonly fromPictures?: string;
  readonly generation: Generation;
  readonly resolutions: readonly string[];
  readonly seconds: { readonly min: number; readonly max: number };
  readonly lastFrame: boolean;
  /** How many of each; null: it takes none. */
  readonly references: {
    readonly images: number;
    readonly videos: number;
    readonly audios: number;
    /** Whether sound alone is enough. */
    readonly soundAlone: boolean;
  } | null;
  readonly sound: boolean;
  /** The 1.x models take a seed and a camera that stands still; the later ones neither. */
  readonly seed: boolean;
  readonly typicalSeconds: number;
  readonly note?: string;
}

const TO_1080P = ['480p', '720p', '1080p'] as const;
const OMNI = { images: 9, videos: 3, audios: 3, soundAlone: false } as const;

/** Every name that users and the two platforms have for a model: `seedance-2-0-fast` and its brands and dates. */
function namesOf(bare: string, date: string): readonly string[] {
  const brands = ['', 'dreamina-', 'doubao-'];
  return brands.flatMap((brand) => [`${brand}${bare}`, `${brand}${bare}-${date}`]);
}

const second = (
  part: Pick<Seedance, 'id' | 'vendorModel' | 'resolutions' | 'typicalSeconds'>,
  date: string,
): Seedance => ({
  ...part,
  aliases: namesOf(part.id, date).filter((name) => name !== part.id),
  generation: '2.0',
  seconds: { min: 4, max: 15 },
  lastFrame: true,
  references: OMNI,
  sound: true,
  seed: false,
});

const first = (
  part: Pick<Seedance, 'id' | 'vendorModel' | 'typicalSeconds'> & Partial<Seedance>,
  names: readonly string[],
): Seedance => ({
  generation: '1.0',
  resolutions: TO_1080P,
  seconds: { min: 2, max: 12 },
  lastFrame: true,
  references: null,
  sound: false,
  seed: true,
  ...part,
  aliases: names.filter((name) => name !== part.id),
});

export const SEEDANCE: readonly Seedance[] = [
  {
    id: 'seedance-2-5',
    aliases: ['seedance', ...namesOf('seedance-2-5', '260628').filter((n) => n !== 'seedance-2-5')],
    vendorModel: 'dreamina-seedance-2-5-260628',
    generation: '2.5',
    resolutions: TO_1080P,
    seconds: { min: 4, max: 30 },
    lastFrame: true,
    references: { images: 30, videos: 10, audios: 10, soundAlone: true },
    sound: true,
    seed: false,
    typicalSeconds: 180,
    note: 'The vendor opens it to accounts with a balance or a savings plan. Its 1080p films are HEVC with 10 bits, which not every player shows.',
  },
  second(
    {
      id: 'seedance-2-0',
      vendorModel: 'dreamina-seedance-2-0-260128',
      resolutions: [...TO_1080P, '4k'],
      typicalSeconds: 180,
    },
    '260128',
  ),
  second(
    {
      id: 'seedance-2-0-fast',
      vendorModel: 'dreamina-seedance-2-0-fast-260128',
      resolutions: ['480p', '720p'],
      typicalSeconds: 90,
    },
    '260128',
  ),
  second(
    {
      id: 'seedance-2-0-mini',
      vendorModel: 'dreamina-seedance-2-0-mini-260615',
      resolutions: ['480p', '720p'],
      typicalSeconds: 60,
    },
    '260615',
  ),
  first(
    {
      id: 'seedance-1-5-pro',
      vendorModel: 'seedance-1-5-pro-251215',
      generation: '1.5',
      seconds: { min: 4, max: 12 },
      sound: true,
      typicalSeconds: 90,
    },
    namesOf('seedance-1-5-pro', '251215').concat('seedance-1-5'),
  ),
  first(
    { id: 'seedance-1-0', vendorModel: 'seedance-1-0-pro-250528', typicalSeconds: 60 },
    namesOf('seedance-1-0-pro', '250528'),
  ),
  first(
    {
      id: 'seedance-1-0-pro-fast',
      vendorModel: 'seedance-1-0-pro-fast-251015',
      lastFrame: false,
      typicalSeconds: 30,
    },
    namesOf('seedance-1-0-pro-fast', '251015').concat('seedance-1-0-fast'),
  ),
  first(
    {
      id: 'seedance-1-0-lite',
      vendorModel: 'seedance-1-0-lite-t2v-250428',
      fromPictures: 'seedance-1-0-lite-i2v-250428',
      references: { images: 4, videos: 0, audios: 0, soundAlone: false },
      typicalSeconds: 40,
    },
    [
      ...namesOf('seedance-1-0-lite-t2v', '250428'),
      ...namesOf('seedance-1-0-lite-i2v', '250428'),
      'doubao-seedance-1-0-lite',
    ],
  ),
];

/** The model of a catalog entry. @throws Error for a name that is none of the family */
export function seedanceOf(vendorModel: string): Seedance {
  const found = SEEDANCE.find((seedance) => seedance.vendorModel === vendorModel);
  if (!found) throw new Error(`${vendorModel} is no Seedance model`);
  return found;
}
