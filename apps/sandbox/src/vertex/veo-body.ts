import {
  boolean,
  checkFields,
  integer,
  isFields,
  object,
  oneOf,
  readFields,
  readList,
  readNumber,
  readText,
  text,
  textMatching,
  type Check,
  type Fields,
  type Shape,
} from '../fields.js';
import { invalidArgument } from './rpc-error.js';

export interface VeoJob {
  readonly prompt: string;
  readonly sampleCount: number;
  readonly durationSeconds: number;
  readonly aspectRatio: '16:9' | '9:16';
  readonly storageUri: string | null;
}

const list: Check = (value) => (Array.isArray(value) ? null : 'must be a list');
const bucket = textMatching(/^gs:\/\/[^/]+/, 'a gs:// URI');

const BODY: Shape = {
  required: {
    instances: (value) =>
      Array.isArray(value) && value.length === 1 ? null : 'must hold one instance',
  },
  optional: { parameters: object, labels: object },
};
const INSTANCE: Shape = {
  required: { prompt: text(100_000) },
  optional: { image: object, lastFrame: object, referenceImages: list, video: object },
};
const MEDIA: Shape = {
  required: { mimeType: text(100) },
  optional: { bytesBase64Encoded: text(64 * 1024 * 1024), gcsUri: bucket },
};
const PARAMETERS: Shape = {
  optional: {
    sampleCount: integer(1, 4),
    durationSeconds: oneOf(4, 6, 8),
    aspectRatio: oneOf('16:9', '9:16'),
    resolution: oneOf('720p', '1080p', '4k'),
    negativePrompt: text(100_000),
    personGeneration: oneOf('dont_allow', 'allow_adult', 'allow_all'),
    seed: integer(0, 4_294_967_295),
    generateAudio: boolean,
    storageUri: bucket,
    enhancePrompt: boolean,
    resizeMode: oneOf('pad', 'crop'),
    compressionQuality: oneOf('optimized', 'lossless'),
    pubsubTopic: text(1000),
    fps: oneOf(24),
  },
};

/**
 * Pure. Veo 3.1: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation
 * @throws RpcError
 */
export function readVeoJob(body: unknown): VeoJob {
  const fields = required(body, BODY, '');
  const instance = required(readList(fields, 'instances')[0], INSTANCE, 'instances[0].');
  for (const name of ['image', 'lastFrame', 'video']) {
    if (instance[name] !== undefined) required(instance[name], MEDIA, `instances[0].${name}.`);
  }
  const parameters = required(readFields(fields, 'parameters'), PARAMETERS, 'parameters.');
  return {
    prompt: readText(instance, 'prompt'),
    sampleCount: readNumber(parameters, 'sampleCount', 1),
    durationSeconds: readNumber(parameters, 'durationSeconds', 8),
    aspectRatio: parameters['aspectRatio'] === '9:16' ? '9:16' : '16:9',
    storageUri: readText(parameters, 'storageUri') || null,
  };
}

/** `operationName` of a poll. @throws RpcError */
export function readOperationName(body: unknown): string {
  return readText(required(body, { required: { operationName: text(1000) } }, ''), 'operationName');
}

function required(value: unknown, shape: Shape, path: string): Fields {
  if (!isFields(value)) throw invalidArgument(`${path || 'The request body'} must be an object.`);
  const [problem] = checkFields(value, shape);
  if (!problem) return value;
  const { kind, field, message } = problem;
  if (kind !== 'unknown') throw invalidArgument(`${path}${field} ${message}.`);
  throw invalidArgument(
    `Invalid JSON payload received. Unknown name "${path}${field}": Cannot find field.`,
  );
}
