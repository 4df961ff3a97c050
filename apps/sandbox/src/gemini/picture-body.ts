import {
  integer,
  isFields,
  object,
  oneOf,
  readFields,
  readList,
  readText,
  text,
  type Check,
  type Fields,
  type Shape,
} from '../fields.js';
import { checkedFields } from './checked-fields.js';
import { invalidArgument } from './gemini-error.js';

export interface PictureJob {
  readonly model: PictureModel;
  readonly prompt: string;
  readonly aspectRatio: string;
  readonly imageSize: ImageSize;
  readonly picturesIn: number;
}

export type ImageSize = '512' | '1K' | '2K' | '4K';

const RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9'] as const;
const STRIPS = ['1:4', '4:1', '1:8', '8:1'] as const;

/** Shapes and sizes of each model; those of the second are not known and are its predecessor's. */
export const PICTURE_MODELS = {
  'gemini-3-pro-image': { ratios: RATIOS, sizes: ['1K', '2K', '4K'] },
  'gemini-nano-banana-2.1': { ratios: [...RATIOS, ...STRIPS], sizes: ['1K', '2K', '4K'] },
  'gemini-3.1-flash-image': { ratios: [...RATIOS, ...STRIPS], sizes: ['512', '1K', '2K', '4K'] },
} as const;
export type PictureModel = keyof typeof PICTURE_MODELS;

const MAX_PICTURES = 14;
const list: Check = (value) => (Array.isArray(value) ? null : 'must be a list');
const number: Check = (value) => (typeof value === 'number' ? null : 'must be a number');

const BODY: Shape = {
  required: { contents: list },
  optional: {
    generationConfig: object,
    systemInstruction: object,
    safetySettings: list,
    tools: list,
    toolConfig: object,
    labels: object,
  },
};
const CONTENT: Shape = { required: { parts: list }, optional: { role: oneOf('user', 'model') } };
const PART: Shape = {
  optional: {
    text: text(200_000),
    inlineData: object,
    fileData: object,
    thoughtSignature: text(1e6),
  },
};
const BLOB: Shape = { required: { mimeType: text(100), data: text(64 * 1024 * 1024) } };
const GENERATION: Shape = {
  optional: {
    responseModalities: list,
    imageConfig: object,
    candidateCount: integer(1, 1),
    temperature: number,
    topP: number,
    topK: number,
    seed: integer(-2_147_483_648, 2_147_483_647),
    maxOutputTokens: integer(1, 1_000_000),
    thinkingConfig: object,
    mediaResolution: text(100),
    stopSequences: list,
  },
};
const imageConfig = (model: PictureModel): Shape => ({
  optional: {
    aspectRatio: oneOf(...PICTURE_MODELS[model].ratios),
    imageSize: oneOf(...PICTURE_MODELS[model].sizes),
  },
});

/** Pure. `POST /models/MODEL:generateContent` of a model that draws. @throws GeminiError */
export function readPictureJob(body: unknown, model: PictureModel): PictureJob {
  const fields = checkedFields(body, BODY, '');
  const parts = readList(fields, 'contents').flatMap((content, index) =>
    readParts(content, `contents[${index}]`),
  );
  const prompt = parts.map((part) => readText(part, 'text')).join('');
  if (prompt === '') throw invalidArgument('contents must hold a text.');
  const picturesIn = parts.filter((part) => part['inlineData'] ?? part['fileData']).length;
  if (picturesIn > MAX_PICTURES) throw invalidArgument(`At most ${MAX_PICTURES} images are taken.`);
  const generation = checkedFields(
    readFields(fields, 'generationConfig'),
    GENERATION,
    'generation_config.',
  );
  const modalities = readList(generation, 'responseModalities');
  if (modalities.length > 0 && !modalities.includes('IMAGE')) {
    throw invalidArgument('The sandbox draws only: response_modalities must hold IMAGE.');
  }
  const config = checkedFields(
    readFields(generation, 'imageConfig'),
    imageConfig(model),
    'generation_config.image_config.',
  );
  const size = readText(config, 'imageSize', '1K');
  return {
    model,
    prompt,
    aspectRatio: readText(config, 'aspectRatio', '1:1'),
    imageSize: SIZES.find((known) => known === size) ?? '1K',
    picturesIn,
  };
}

const SIZES: readonly ImageSize[] = ['512', '1K', '2K', '4K'];

function readParts(content: unknown, path: string): readonly Fields[] {
  const parts = readList(checkedFields(content, CONTENT, `${path}.`), 'parts');
  if (parts.length === 0) throw invalidArgument(`${path}.parts must not be empty.`);
  return parts.map((part, index) => {
    const at = `${path}.parts[${index}].`;
    const read = checkedFields(part, PART, at);
    if (isFields(read['inlineData'])) checkedFields(read['inlineData'], BLOB, `${at}inline_data.`);
    return read;
  });
}
