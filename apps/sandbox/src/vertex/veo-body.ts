import {
  boolean,
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
import { required } from './required-fields.js';
import { readInstance } from './veo-instance.js';
import type { VeoModel } from './veo-models.js';
import { word } from './word.js';

export interface VeoJob {
  readonly prompt: string;
  readonly sampleCount: number;
  readonly durationSeconds: number;
  readonly aspectRatio: '16:9' | '9:16';
  readonly storageUri: string | null;
  /** Many times larger than usual. */
  readonly isLossless: boolean;
}

const bucket = textMatching(/^gs:\/\/[^/]+/, 'a gs:// URI');
const labels: Check = (value) =>
  isFields(value) && Object.values(value).every((label) => typeof label === 'string')
    ? null
    : 'must be an object of strings';

const BODY: Shape = {
  required: {
    instances: (value) =>
      Array.isArray(value) && value.length === 1 ? null : 'must hold one instance',
  },
  optional: { parameters: object, labels },
};

const PARAMETERS: Shape = {
  optional: {
    sampleCount: integer(1, 4),
    durationSeconds: oneOf(4, 6, 7, 8),
    aspectRatio: oneOf('16:9', '9:16'),
    resolution: oneOf('720p', '1080p', '4k'),
    negativePrompt: text(100_000),
    personGeneration: word('dont_allow', 'allow_adult', 'allow_all'),
    seed: integer(0, 4_294_967_295),
    generateAudio: boolean,
    storageUri: bucket,
    enhancePrompt: boolean,
    resizeMode: word('pad', 'crop'),
    compressionQuality: word('optimized', 'lossless'),
    pubsubTopic: textMatching(/^projects\/[^/]+\/topics\/[^/]+$/, 'the name of a topic'),
    fps: oneOf(24),
  },
};

/**
 * Pure. Veo 3.1: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation
 * @throws RpcError
 */
export function readVeoJob(model: VeoModel, body: unknown): VeoJob {
  const fields = required(body, BODY, '');
  const instance = readInstance(readList(fields, 'instances')[0], model);
  const parameters = required(readFields(fields, 'parameters'), PARAMETERS, 'parameters.');
  const isExtended = instance['video'] !== undefined;
  const durationSeconds = readNumber(parameters, 'durationSeconds', isExtended ? 7 : 8);
  refuseCombination(model, instance, { ...parameters, durationSeconds });
  return {
    prompt: readText(instance, 'prompt'),
    sampleCount: readNumber(parameters, 'sampleCount', 1),
    durationSeconds,
    aspectRatio: parameters['aspectRatio'] === '9:16' ? '9:16' : '16:9',
    storageUri: readText(parameters, 'storageUri') || null,
    isLossless: readText(parameters, 'compressionQuality').toLowerCase() === 'lossless',
  };
}

/** What a model lacks, and what several fields must be to each other. @throws RpcError */
function refuseCombination(model: VeoModel, instance: Fields, parameters: Fields): void {
  const resolution = readText(parameters, 'resolution', '720p');
  const seconds = readNumber(parameters, 'durationSeconds', 8);
  if (!model.resolutions.includes(resolution)) {
    throw invalidArgument(
      `parameters.resolution must be one of ${model.resolutions.join(', ')} for this model.`,
    );
  }
  if (parameters['enhancePrompt'] === false) {
    throw invalidArgument('Veo 3 prompt enhancement cannot be disabled.');
  }
  if ((seconds === 7) !== (instance['video'] !== undefined)) {
    throw invalidArgument(
      'parameters.durationSeconds must be 7 to extend a video, else 4, 6 or 8.',
    );
  }
  if (instance['referenceImages'] !== undefined && seconds !== 8) {
    throw invalidArgument('parameters.durationSeconds must be 8 with referenceImages.');
  }
}

/** `operationName` of a poll. @throws RpcError */
export function readOperationName(body: unknown): string {
  return readText(required(body, { required: { operationName: text(1000) } }, ''), 'operationName');
}
