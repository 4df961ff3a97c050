import {
  integer,
  object,
  oneOf,
  readFields,
  readList,
  readNumber,
  readText,
  text,
  type Check,
  type Fields,
  type Shape,
} from '../fields.js';
import { checkedFields } from './checked-fields.js';
import { invalidArgument } from './gemini-error.js';

export interface VeoPreviewJob {
  readonly model: string;
  readonly prompt: string;
  readonly sampleCount: number;
  readonly seconds: number;
  readonly aspectRatio: '16:9' | '9:16';
}

/** Lines that each model makes. */
export const VEO_PREVIEW_MODELS: Readonly<Record<string, readonly string[]>> = {
  'veo-3.1-generate-preview': ['720p', '1080p', '4k'],
  'veo-3.1-fast-generate-preview': ['720p', '1080p', '4k'],
  'veo-3.1-lite-generate-preview': ['720p', '1080p'],
};
const LONGEST_SECONDS = 8;

const list: Check = (value) => (Array.isArray(value) ? null : 'must be a list');
const BODY: Shape = {
  required: {
    instances: (value) =>
      Array.isArray(value) && value.length === 1 ? null : 'must hold one instance',
  },
  optional: { parameters: object },
};
const INSTANCE: Shape = {
  required: { prompt: text(100_000) },
  optional: { image: object, lastFrame: object, referenceImages: list, video: object },
};
const MEDIA: Shape = {
  required: { mimeType: text(100), bytesBase64Encoded: text(64 * 1024 * 1024) },
};
const REFERENCE: Shape = {
  required: { image: object, referenceType: oneOf('asset', 'style') },
};
/** No seed and no generateAudio here: those are Vertex AI's. */
const parametersOf = (resolutions: readonly string[]): Shape => ({
  optional: {
    sampleCount: integer(1, 4),
    durationSeconds: oneOf(4, 6, 8),
    aspectRatio: oneOf('16:9', '9:16'),
    resolution: oneOf(...resolutions),
    negativePrompt: text(100_000),
    personGeneration: oneOf('dont_allow', 'allow_adult', 'allow_all'),
  },
});

/**
 * Pure. `POST /models/MODEL:predictLongRunning`, as npm `@google/genai` 2.32.0 sends it.
 * @throws GeminiError
 */
export function readVeoPreviewJob(body: unknown, model: string): VeoPreviewJob {
  const fields = checkedFields(body, BODY, '');
  const instance = checkedFields(readList(fields, 'instances')[0], INSTANCE, 'instances[0].');
  checkMedia(instance);
  const shape = parametersOf(VEO_PREVIEW_MODELS[model] ?? []);
  const parameters = checkedFields(readFields(fields, 'parameters'), shape, 'parameters.');
  const seconds = readNumber(parameters, 'durationSeconds', LONGEST_SECONDS);
  const isLarge = readText(parameters, 'resolution', '720p') !== '720p';
  const hasReferences = readList(instance, 'referenceImages').length > 0;
  if (seconds !== LONGEST_SECONDS && (isLarge || hasReferences)) {
    throw invalidArgument(`The use case needs durationSeconds to be ${LONGEST_SECONDS}.`);
  }
  return {
    model,
    prompt: readText(instance, 'prompt'),
    sampleCount: readNumber(parameters, 'sampleCount', 1),
    seconds,
    aspectRatio: parameters['aspectRatio'] === '9:16' ? '9:16' : '16:9',
  };
}

function checkMedia(instance: Fields): void {
  for (const name of ['image', 'lastFrame', 'video']) {
    const media = instance[name];
    if (media !== undefined) checkedFields(media, MEDIA, `instances[0].${name}.`);
  }
  if (instance['lastFrame'] !== undefined && instance['image'] === undefined) {
    throw invalidArgument('lastFrame needs image beside it.');
  }
  const references = readList(instance, 'referenceImages');
  if (references.length > 3) throw invalidArgument('At most 3 referenceImages are taken.');
  for (const [index, reference] of references.entries()) {
    const path = `instances[0].referenceImages[${index}].`;
    const read = checkedFields(reference, REFERENCE, path);
    checkedFields(read['image'], MEDIA, `${path}image.`);
  }
}
