import type { ValidationDetail } from './bfl-error.js';

type Fault = Pick<ValidationDetail, 'msg' | 'type'>;

/** Null when the value is fine, else the vendor's own words for what it must be (Pydantic's). */
export type Rule = (value: unknown) => Fault | null;

interface Range {
  readonly min: number;
  readonly max?: number;
  readonly multipleOf?: number;
}

const fault = (type: string, msg: string): Fault => ({ type, msg });

export const anyText: Rule = (value) =>
  typeof value === 'string' ? null : fault('string_type', 'Input should be a valid string');

export const anyFlag: Rule = (value) =>
  typeof value === 'boolean' ? null : fault('bool_type', 'Input should be a valid boolean');

export const whole =
  (range: Range): Rule =>
  (value) =>
    Number.isInteger(value)
      ? outside(Number(value), range)
      : fault('int_type', 'Input should be a valid integer');

export const decimal =
  (range: Range): Rule =>
  (value) =>
    typeof value === 'number'
      ? outside(value, range)
      : fault('float_type', 'Input should be a valid number');

export const among =
  (first: string, ...rest: readonly string[]): Rule =>
  (value) => {
    if ([first, ...rest].some((word) => word === value)) return null;
    const words = [first, ...rest].map((word) => `'${word}'`);
    return fault(
      'enum',
      `Input should be ${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`,
    );
  };

export const orNull =
  (rule: Rule): Rule =>
  (value) =>
    value === null ? null : rule(value);

const MAX_URL_LENGTH = 2083;

export const webhookUrl: Rule = (value) => {
  if (typeof value !== 'string' || !URL.canParse(value)) {
    return fault('url_parsing', 'Input should be a valid URL');
  }
  if (!/^https?:$/.test(new URL(value).protocol)) {
    return fault('url_scheme', "URL scheme should be 'http' or 'https'");
  }
  return value.length <= MAX_URL_LENGTH
    ? null
    : fault('url_too_long', `URL should have at most ${MAX_URL_LENGTH} characters`);
};

/**
 * A URL, or base64 without the head of a data URL; only its beginning is looked at. The vendor's
 * schema takes null for an optional picture; here it is refused, so that a place that was never filled shows.
 */
export const picture: Rule = (value) =>
  typeof value === 'string' &&
  /^(https?:\/\/.|[A-Za-z0-9+/]{4})/.test(value) &&
  !value.startsWith('data:')
    ? null
    : fault('value_error', 'Value error, the image must be base64 or an http(s) URL');

/** Between 21:9 and 9:21. */
export const ratio: Rule = (value) => {
  const [width = 0, height = 0] = /^(\d{1,4}):(\d{1,4})$/.exec(String(value))?.slice(1) ?? [];
  const shape = Number(width) / Number(height);
  return shape >= 9 / 21 && shape <= 21 / 9
    ? null
    : fault('value_error', 'Value error, the aspect ratio must be between 21:9 and 9:21');
};

function outside(value: number, { min, max = Infinity, multipleOf = 0 }: Range): Fault | null {
  if (value < min) {
    return fault('greater_than_equal', `Input should be greater than or equal to ${min}`);
  }
  if (value > max) return fault('less_than_equal', `Input should be less than or equal to ${max}`);
  return multipleOf === 0 || value % multipleOf === 0
    ? null
    : fault('multiple_of', `Input should be a multiple of ${multipleOf}`);
}
