import {
  checkFields,
  isFields,
  object,
  readFields,
  text,
  type Fields,
  type Shape,
} from '../fields.js';
import { invalidParameter } from './dashscope-error.js';

export interface DashScopeBody {
  readonly model: string;
  readonly input: Fields;
  readonly parameters: Fields;
}

const ENVELOPE: Shape = {
  required: { model: text(200), input: object },
  optional: { parameters: object },
};

/** The envelope of every call; what is inside is checked once the model is known. @throws DashScopeError */
export function readEnvelope(body: unknown): DashScopeBody {
  requireShape(body, ENVELOPE, '');
  const fields = isFields(body) ? body : {};
  const { model } = fields;
  return {
    model: typeof model === 'string' ? model : '',
    input: withoutSdkFields(readFields(fields, 'input')),
    parameters: withoutSdkFields(readFields(fields, 'parameters')),
  };
}

/** The vendor's own SDK for Python sends these whatever the model, and null for what was not given. */
const SDK_FIELDS = new Set(['extend_prompt', 'function', 'is_async']);

function withoutSdkFields(fields: Fields): Fields {
  const kept = Object.entries(fields).filter(
    ([name, value]) => value !== null && !SDK_FIELDS.has(name),
  );
  return Object.fromEntries(kept);
}

/** @throws DashScopeError naming the first field that is wrong. */
export function requireShape(value: unknown, shape: Shape, path: string): void {
  if (!isFields(value)) throw invalidParameter(`${path || 'The request body'} must be an object.`);
  const [problem] = checkFields(value, shape);
  if (problem) throw invalidParameter(`${path}${problem.field} ${problem.message}.`);
}
