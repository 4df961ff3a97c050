import { checkFields, isFields, type Fields, type Shape } from '../fields.js';
import { invalidRequest, notFound } from '../openai/openai-error.js';

/** A body whose known fields are right; like many imitators, it does not mind others. @throws OpenAiError */
export function tolerantBody(body: unknown, shape: Shape): Fields {
  if (!isFields(body)) throw invalidRequest('The body must be an object.', null, null);
  const problem = checkFields(body, shape).find(({ kind }) => kind !== 'unknown');
  if (!problem) return body;
  const { kind, field, message } = problem;
  if (kind === 'missing') {
    const missing = `Missing required parameter: '${field}'.`;
    throw invalidRequest(missing, field, 'missing_required_parameter');
  }
  throw invalidRequest(`Invalid value for '${field}': ${message}.`, field, 'invalid_value');
}

const MODELS = {
  image: /image|^sandbox-(?!video)/i,
  video: /^sora-2(-pro)?(-\d{4}-\d\d-\d\d)?$|video/i,
} as const;

/** It serves Sora's names, and whatever says itself what it makes. @throws OpenAiError */
export function requireCompatibleModel(model: string, kind: keyof typeof MODELS): void {
  if (MODELS[kind].test(model)) return;
  throw notFound(`The model '${model}' does not exist.`, 'model', 'model_not_found');
}
