import { checkFields, isFields, type Fields, type Shape } from '../fields.js';
import { invalidRequest, notFound } from './openai-error.js';
import { modelKind, type ModelKind } from './openai-models.js';

/** A JSON body that is an object of known, valid fields. @throws OpenAiError */
export function checkedBody(body: unknown, shape: Shape): Fields {
  if (!isFields(body)) {
    throw invalidRequest(
      'We could not parse the JSON body of your request: it must be an object.',
      null,
      null,
    );
  }
  const [problem] = checkFields(body, shape);
  if (!problem) return body;
  const { kind, field, message } = problem;
  switch (kind) {
    case 'unknown':
      throw invalidRequest(`Unknown parameter: '${field}'.`, field, 'unknown_parameter');
    case 'missing':
      throw invalidRequest(
        `Missing required parameter: '${field}'.`,
        field,
        'missing_required_parameter',
      );
    case 'invalid':
      throw invalidRequest(`Invalid value for '${field}': ${message}.`, field, 'invalid_value');
  }
}

/** @throws OpenAiError unless the model exists and can do this. */
export function requireModel(id: string, kind: ModelKind): void {
  if (modelKind(id) === kind) return;
  throw notFound(
    `The model '${id}' does not exist or you do not have access to it.`,
    'model',
    'model_not_found',
  );
}
