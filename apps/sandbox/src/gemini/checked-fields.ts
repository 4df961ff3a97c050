import { checkFields, isFields, type Fields, type Shape } from '../fields.js';
import { invalidArgument, unknownField } from './gemini-error.js';

/** The value as an object of that shape; `path` goes before a field's name. @throws GeminiError */
export function checkedFields(value: unknown, shape: Shape, path: string): Fields {
  if (!isFields(value)) throw invalidArgument(`${path || 'The request body'} must be an object.`);
  const [problem] = checkFields(value, shape);
  if (!problem) return value;
  const { kind, field, message } = problem;
  throw kind === 'unknown'
    ? unknownField(path + field)
    : invalidArgument(`The value for '${path}${field}' ${message}.`);
}
