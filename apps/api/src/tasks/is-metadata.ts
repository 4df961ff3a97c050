import { registerDecorator } from 'class-validator';

const MAX_PAIRS = 16;
const MAX_KEY = 64;
const MAX_VALUE = 512;

/** At most 16 string pairs, as OpenAI's own `metadata`: keys up to 64, values up to 512 characters. */
const isMetadata = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const pairs: [string, unknown][] = Object.entries(value);
  return pairs.length <= MAX_PAIRS && pairs.every(isPair);
};

const isPair = ([key, value]: [string, unknown]): boolean =>
  key.length > 0 && key.length <= MAX_KEY && typeof value === 'string' && value.length <= MAX_VALUE;

export const IsMetadata = () => (target: object, propertyName: string) =>
  registerDecorator({
    name: 'isMetadata',
    target: target.constructor,
    propertyName,
    validator: {
      validate: isMetadata,
      defaultMessage: () =>
        `metadata takes at most ${MAX_PAIRS} pairs of strings, keys up to ${MAX_KEY} and values up to ${MAX_VALUE} characters`,
    },
  });
