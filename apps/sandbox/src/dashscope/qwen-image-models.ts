import { oneOf, textMatching, type Check } from '../fields.js';
import { LISTED_SIZES } from './qwen-image-sizes.js';

/** What a model of pictures takes in a message. */
export interface QwenImageModel {
  readonly name: RegExp;
  /** How many pictures it makes at once. */
  readonly maxN: 1 | 6;
  /** How many pictures it is given. */
  readonly given: readonly [min: number, max: number];
  /** Absent: it has no such parameter. */
  readonly size?: Check;
  /** Of the sides' product. */
  readonly pixels?: readonly [min: number, max: number];
  readonly edge?: readonly [min: number, max: number];
  readonly defaultSize: string;
  readonly extends: boolean;
  readonly maxPrompt: number;
}

const ANY = textMatching(/^\d{1,5}\*\d{1,5}$/, 'WIDTH*HEIGHT');
const FREE = {
  size: ANY,
  pixels: [512 * 512, 2048 * 2048],
  defaultSize: '2048*2048',
  extends: true,
} as const;
const EDIT = {
  given: [1, 3],
  size: ANY,
  edge: [512, 2048],
  defaultSize: '1328*1328',
  extends: true,
  maxN: 6,
  maxPrompt: 800,
} as const;

/** https://www.alibabacloud.com/help/en/model-studio/qwen-image-generation-and-editing-api-reference */
const MODELS: readonly QwenImageModel[] = [
  {
    name: /^qwen-image-2\.0(-pro)?(-\d{4}-\d\d-\d\d)?$/,
    ...FREE,
    maxN: 6,
    given: [0, 3],
    maxPrompt: 800,
  },
  { name: /^qwen-image-3\.0(-pro)?$/, ...FREE, maxN: 6, given: [0, 3], maxPrompt: 20_000 },
  { name: /^qwen-image-2\.1-pro$/, ...FREE, maxN: 6, given: [0, 10], maxPrompt: 800 },
  { name: /^qwen-image-edit-(plus|max)(-\d{4}-\d\d-\d\d)?$/, ...EDIT },
  {
    name: /^qwen-image-edit$/,
    maxN: 1,
    given: [1, 3],
    defaultSize: '1328*1328',
    extends: false,
    maxPrompt: 800,
  },
  {
    name: /^qwen-image(-(plus|max)(-\d{4}-\d\d-\d\d)?)?$/,
    maxN: 1,
    given: [0, 0],
    size: oneOf(...LISTED_SIZES),
    defaultSize: '1664*928',
    extends: true,
    maxPrompt: 800,
  },
];

export const qwenImageModel = (model: string): QwenImageModel | undefined =>
  MODELS.find(({ name }) => name.test(model));
