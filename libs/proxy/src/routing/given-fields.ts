import { GatewayError } from '@app/errors';

/** Fields by name that an operator gave, or that a row has. */
export type GivenFields = ReadonlyMap<string, unknown>;

/**
 * What is done about fields that are not known: an operator is told of them, a row may have them from a
 * newer version that runs beside this one.
 */
export type OtherFields = 'refused' | 'ignored';

export interface FieldsTaken {
  /** Where the object is (`targets[0].`); empty for the whole. */
  readonly prefix: string;
  readonly taken: readonly string[];
  readonly others: OtherFields;
}

/** @throws GatewayError INVALID_REQUEST when it is no object, or has a field that is not taken */
export function fieldsOf(value: unknown, { prefix, taken, others }: FieldsTaken): GivenFields {
  const path = prefix.replace(/\.$/, '');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuseField(path, `takes an object with ${taken.join(', ')}, not ${shown(value)}`);
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const other = [...fields.keys()].find((name) => !taken.includes(name));
  if (other === undefined || others === 'ignored') return fields;
  const name = `${prefix}${other.slice(0, MAX_SHOWN)}`;
  throw refuseField(name, `is not a field that is taken here; taken are ${taken.join(', ')}`);
}

/** @throws GatewayError INVALID_REQUEST when it is no whole number of this range */
export function wholeOf(value: unknown, path: string, [min, max]: readonly [number, number]) {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  throw refuseField(path, `takes a whole number from ${min} to ${max}, not ${shown(value)}`);
}

/** A share among others. @throws GatewayError INVALID_REQUEST */
export function weightOf(value: unknown, path: string): number {
  if (typeof value === 'number' && value >= MIN_WEIGHT && value <= MAX_WEIGHT) return value;
  throw refuseField(
    path,
    `takes a number from ${MIN_WEIGHT} to ${MAX_WEIGHT}, not ${shown(value)}`,
  );
}

/** Printable, at most 128 characters, no blank at either end. @throws GatewayError INVALID_REQUEST */
export function modelNameOf(value: unknown, path: string, takes: string): string {
  const isName = typeof value === 'string' && /^(?! )[\x20-\x7e]{1,128}(?<! )$/.test(value);
  if (isName) return value;
  const rule = '1 to 128 printable ASCII characters, no blank first or last';
  throw refuseField(path, `takes ${takes}: ${rule}; not ${shown(value)}`);
}

/** A refusal that names the field by its path; `says` follows the path in a sentence. */
export const refuseField = (path: string, says: string): GatewayError =>
  path === ''
    ? new GatewayError('INVALID_REQUEST', `The body ${says}.`)
    : new GatewayError('INVALID_REQUEST', `${path} ${says}.`, { param: path });

/** The beginning of what was given, as JSON. Never call it with what may be a secret. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const MAX_SHOWN = 80;
const MIN_WEIGHT = 0.01;
const MAX_WEIGHT = 1_000;
