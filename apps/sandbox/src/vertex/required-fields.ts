import { checkFields, isFields, type Fields, type Shape } from '../fields.js';
import { invalidArgument } from './rpc-error.js';

/** The object, when it has that shape; `path` opens the message. @throws RpcError */
export function required(value: unknown, shape: Shape, path: string): Fields {
  if (!isFields(value)) throw invalidArgument(`${path || 'The request body'} must be an object.`);
  const [problem] = checkFields(value, shape);
  if (!problem) return value;
  const { kind, field, message } = problem;
  if (kind !== 'unknown') throw invalidArgument(`${path}${field} ${message}.`);
  throw invalidArgument(
    `Invalid JSON payload received. Unknown name "${path}${field}": Cannot find field.`,
  );
}
