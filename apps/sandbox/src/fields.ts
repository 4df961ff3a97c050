export type Fields = Readonly<Record<string, unknown>>;

/** Null when the value is fine, else what it must be: `must be an integer from 3 to 15`. */
export type Check = (value: unknown) => string | null;

/** The fields an object may have; anything else is unknown, as the strict vendors have it. */
export interface Shape {
  readonly required?: Readonly<Record<string, Check>>;
  readonly optional?: Readonly<Record<string, Check>>;
}

export interface FieldProblem {
  readonly kind: 'unknown' | 'missing' | 'invalid';
  readonly field: string;
  /** Reads on after the field's name. */
  readonly message: string;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every problem of an object, unknown fields first. */
export function checkFields(fields: Fields, shape: Shape): readonly FieldProblem[] {
  const required = shape.required ?? {};
  const known = { ...required, ...shape.optional };
  const problems: FieldProblem[] = Object.keys(fields)
    .filter((field) => !Object.hasOwn(known, field))
    .map((field) => ({ kind: 'unknown', field, message: 'is not a known field' }));
  for (const [field, check] of Object.entries(known)) {
    if (fields[field] === undefined) {
      if (Object.hasOwn(required, field))
        problems.push({ kind: 'missing', field, message: 'is required' });
      continue;
    }
    const message = check(fields[field]);
    if (message !== null) problems.push({ kind: 'invalid', field, message });
  }
  return problems;
}

export const anything: Check = () => null;

export const boolean: Check = (value) =>
  typeof value === 'boolean' ? null : 'must be true or false';

export const object: Check = (value) => (isFields(value) ? null : 'must be an object');

export const integer =
  (min: number, max: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max
      ? null
      : `must be an integer from ${min} to ${max}`;

export const oneOf =
  (...allowed: readonly (string | number)[]): Check =>
  (value) =>
    allowed.some((item) => item === value) ? null : `must be one of ${allowed.join(', ')}`;

export const text =
  (maxLength: number): Check =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= maxLength
      ? null
      : `must be a string of 1 to ${maxLength} characters`;

export const textMatching =
  (pattern: RegExp, wanted: string): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? null : `must be ${wanted}`;

/** Readers for checked fields: the fallback stands in when the field is absent. */
export const readText = (fields: Fields, field: string, fallback = ''): string => {
  const value = fields[field];
  return typeof value === 'string' ? value : fallback;
};
export const readNumber = (fields: Fields, field: string, fallback: number): number => {
  const value = fields[field];
  return typeof value === 'number' ? value : fallback;
};
export const readFields = (fields: Fields, field: string): Fields => {
  const value = fields[field];
  return isFields(value) ? value : {};
};
export const readList = (fields: Fields, field: string): readonly unknown[] => {
  const value: unknown = fields[field];
  return Array.isArray(value) ? value : [];
};
