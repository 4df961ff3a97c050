import { PRICE_UNITS } from '@app/prices';
import { integer, list, map, number, object, oneOf, orNull, text } from '../http/api-answer.js';

const origin = {
  mark: text('how far the figure can be trusted; a name in `marks`'),
  source: text('where the figure is from'),
};

const row = object(
  {
    model: text('as the upstream names it, without a date'),
    unit: oneOf(...Object.keys(PRICE_UNITS)),
    usd: { ...number, minimum: 0 },
    per: integer('for how many units; 1 when absent'),
    when: {
      ...map(true),
      description: 'holds only where all of these do',
      example: { longContext: true },
    },
    ...origin,
  },
  { optional: ['per', 'when'] },
);

const limits = object(
  {
    model: text(),
    maxInputTokens: integer(),
    maxOutputTokens: integer('of one choice, where the caller names no maximum'),
    ...origin,
  },
  { optional: ['maxInputTokens', 'maxOutputTokens'] },
);

const table = {
  version: text('names the table in the ledger for good; made when absent'),
  effectiveFrom: text('a date or a time'),
  currency: oneOf('USD'),
  marks: map(text()),
  prices: list(row),
  limits: list(limits),
};

export const PRICE_TABLE = {
  ...object(table, { optional: ['version', 'effectiveFrom', 'currency', 'marks', 'limits'] }),
  additionalProperties: false,
};

export const PRICES = object({
  ...table,
  inForce: text('the version that holds now'),
  versions: list(
    object({
      version: text(),
      effectiveFrom: text(),
      putAt: { ...text(), format: 'date-time' },
      putBy: orNull(text('null: it came with the product')),
    }),
  ),
});
