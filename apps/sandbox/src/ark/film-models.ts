/** What one Seedance model takes: https://docs.volcengine.com/docs/82379/1520757 */
export interface FilmModel {
  readonly generation: '1.0' | '1.5' | '2.0' | '2.5';
  readonly seconds: readonly [min: number, max: number];
  readonly resolutions: readonly string[];
  /** What may come with the prompt. */
  readonly firstFrame: boolean;
  readonly lastFrame: boolean;
  readonly references: { readonly image: number; readonly video: number; readonly audio: number };
  /** It makes nothing without a picture. */
  readonly needsPicture: boolean;
}

const NONE = { image: 0, video: 0, audio: 0 } as const;
const TO_1080P = ['480p', '720p', '1080p'] as const;
const FRAMES = { firstFrame: true, lastFrame: true, needsPicture: false } as const;
const OMNI = { image: 9, video: 3, audio: 3 } as const;

const first = (part: Partial<FilmModel>): FilmModel => ({
  generation: '1.0',
  seconds: [2, 12],
  resolutions: TO_1080P,
  ...FRAMES,
  references: NONE,
  ...part,
});

const second = (resolutions: readonly string[]): FilmModel => ({
  generation: '2.0',
  seconds: [4, 15],
  resolutions,
  ...FRAMES,
  references: OMNI,
});

/** By the name without its brand. */
const MODELS: Readonly<Record<string, FilmModel>> = {
  'seedance-2-5-260628': {
    generation: '2.5',
    seconds: [4, 30],
    resolutions: TO_1080P,
    ...FRAMES,
    references: { image: 30, video: 10, audio: 10 },
  },
  'seedance-2-0-260128': second([...TO_1080P, '4k']),
  'seedance-2-0-fast-260128': second(['480p', '720p']),
  'seedance-2-0-mini-260615': second(['480p', '720p']),
  'seedance-1-5-pro-251215': first({ generation: '1.5', seconds: [4, 12] }),
  'seedance-1-0-pro-250528': first({}),
  'seedance-1-0-pro-fast-251015': first({ lastFrame: false }),
  'seedance-1-0-lite-t2v-250428': first({ firstFrame: false, lastFrame: false }),
  'seedance-1-0-lite-i2v-250428': first({
    references: { image: 4, video: 0, audio: 0 },
    needsPicture: true,
  }),
};

/** A model by the name that one of the two platforms has for it: the 2.x ones are Dreamina's abroad. */
export function filmModel(name: string): FilmModel | undefined {
  const [, brand, bare = ''] = /^(doubao-|dreamina-)?(.+)$/.exec(name) ?? [];
  const model = Object.hasOwn(MODELS, bare) ? MODELS[bare] : undefined;
  if (brand === 'doubao-') return model;
  const isBranded = model?.generation.startsWith('2') ?? false;
  return isBranded === (brand === 'dreamina-') ? model : undefined;
}

export const RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9'] as const;

/** Width and height by class, in the order of the ratios. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  '480p': ['864x496', '752x560', '640x640', '560x752', '496x864', '992x432'],
  '720p': ['1280x720', '1112x834', '960x960', '834x1112', '720x1280', '1470x630'],
  '1080p': ['1920x1080', '1664x1248', '1440x1440', '1248x1664', '1080x1920', '2206x946'],
  '4k': ['3840x2160', '3326x2494', '2880x2880', '2494x3326', '2160x3840', '4398x1886'],
};
const FIRST: Readonly<Record<string, readonly string[]>> = {
  '480p': ['864x480', '736x544', '640x640', '544x736', '480x864', '960x416'],
  '720p': ['1248x704', '1120x832', '960x960', '832x1120', '704x1248', '1504x640'],
  '1080p': ['1920x1088', '1664x1248', '1440x1440', '1248x1664', '1088x1920', '2176x928'],
};

const SIZES: Readonly<
  Record<FilmModel['generation'], Readonly<Record<string, readonly string[]>>>
> = {
  '1.0': FIRST,
  '1.5': LATER,
  '2.0': LATER,
  '2.5': {
    ...LATER,
    '480p': ['854x480', '752x560', '640x640', '560x752', '480x854', '992x432'],
  },
};

/**
 * Pure. Tokens of a film. One frame more than 24 a second, as a published run of the vendor's shows:
 * 108900 for five seconds of 1280x720.
 */
export function filmTokens(film: {
  readonly model: FilmModel;
  readonly resolution: string;
  readonly ratio: string;
  readonly duration: number;
}): number {
  const sizes = SIZES[film.model.generation][film.resolution];
  const size = sizes?.[RATIOS.findIndex((ratio) => ratio === film.ratio)] ?? '1280x720';
  const [width = 0, height = 0] = size.split('x').map(Number);
  return Math.round(((film.duration * 24 + 1) * width * height) / 1024);
}
