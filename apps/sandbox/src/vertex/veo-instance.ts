import { isFields, object, oneOf, readList, readText, text, textMatching } from '../fields.js';
import type { Check, Fields, Shape } from '../fields.js';
import { required } from './required-fields.js';
import { invalidArgument } from './rpc-error.js';
import type { VeoModel } from './veo-models.js';
import { word } from './word.js';

const list: Check = (value) => (Array.isArray(value) ? null : 'must be a list');

const INSTANCE: Shape = {
  optional: {
    prompt: text(100_000),
    image: object,
    lastFrame: object,
    referenceImages: list,
    video: object,
  },
};

const media = (mimeType: Check): Shape => ({
  required: { mimeType },
  optional: {
    bytesBase64Encoded: textMatching(/^[A-Za-z0-9+/]+={0,2}$/, 'base64'),
    gcsUri: textMatching(/^gs:\/\/[^/]+\/./, 'a gs:// URI'),
  },
});
const IMAGE = media(oneOf('image/jpeg', 'image/png'));
const VIDEO = media(oneOf('video/mp4', 'video/quicktime', 'video/mpeg', 'video/webm'));
const REFERENCE: Shape = { required: { image: object, referenceType: word('asset') } };
const MAX_REFERENCES = 3;

/**
 * Pure. The one instance of a request, valid by VideoGenerationModelInstance:
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/Shared.Types/VideoGenerationModelInstance
 * @throws RpcError
 */
export function readInstance(value: unknown, model: VeoModel): Fields {
  const instance = required(value, INSTANCE, 'instances[0].');
  for (const name of ['image', 'lastFrame', 'video']) {
    if (instance[name] === undefined) continue;
    checkMedia(instance[name], name === 'video' ? VIDEO : IMAGE, `instances[0].${name}.`);
  }
  for (const [index, reference] of readList(instance, 'referenceImages').entries()) {
    const path = `instances[0].referenceImages[${index}].`;
    checkMedia(required(reference, REFERENCE, path)['image'], IMAGE, `${path}image.`);
  }
  const problem = combinationProblem(instance, model);
  if (problem !== null) throw invalidArgument(problem);
  return instance;
}

/** One source, and a type that is taken. */
function checkMedia(value: unknown, shape: Shape, path: string): void {
  const fields = required(value, shape, path);
  const sources = ['bytesBase64Encoded', 'gcsUri'].filter((name) => fields[name] !== undefined);
  if (sources.length !== 1) {
    throw invalidArgument(`${path} must have one of bytesBase64Encoded and gcsUri.`);
  }
}

function combinationProblem(instance: Fields, model: VeoModel): string | null {
  const has = (name: string): boolean => instance[name] !== undefined;
  const references = readList(instance, 'referenceImages').filter(isFields).length;
  if (
    readText(instance, 'prompt') === '' &&
    (has('referenceImages') || !(has('image') || has('video')))
  ) {
    return 'instances[0].prompt is required.';
  }
  if (has('lastFrame') && !has('image')) return 'lastFrame can only be used with image.';
  if (has('video') && has('image')) return 'image and video cannot be used together.';
  if (!has('referenceImages')) return null;
  if (!model.references) return 'referenceImages is not supported by this model.';
  if (references === 0 || references > MAX_REFERENCES) {
    return `referenceImages must hold 1 to ${MAX_REFERENCES} asset images.`;
  }
  return ['image', 'video', 'lastFrame'].some(has)
    ? 'referenceImages cannot be used with image, video or lastFrame.'
    : null;
}
