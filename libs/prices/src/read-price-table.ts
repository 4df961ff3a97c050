import { GatewayError } from '@app/errors';
import type { ModelLimits, Price, PriceFacts, PriceTable, PriceUnit } from './price-table.js';
import { PRICE_UNITS } from './price-units.js';

/** What is filled in where a table does not say it. */
export interface TableDefaults {
  readonly version: string;
  readonly effectiveFrom: string;
}

/**
 * A whole table, as an operator sends it. `version`, `effectiveFrom`, `marks` and `limits` may be absent.
 * A price of 0 is a price: it is what an operator says of models of one's own.
 * @throws GatewayError INVALID_REQUEST with the path of the field, and what it takes
 */
export function readPriceTable(body: unknown, defaults: TableDefaults): PriceTable {
  const table = fieldsOf(body, '', {
    required: ['prices'],
    optional: ['version', 'effectiveFrom', 'currency', 'marks', 'limits'],
  });
  if ((table['currency'] ?? 'USD') !== 'USD') throw refusal('currency', 'takes "USD" alone');
  const marks = readMarks(table['marks']);
  const known = new Set(Object.keys(marks));
  const prices = listOf(table['prices'], 'prices', MAX_ROWS).map((row, index) =>
    readPrice(row, `prices[${index}]`, known),
  );
  if (prices.length === 0) throw refusal('prices', 'takes at least one row');
  refuseTwice(prices.map(rowKey), 'prices', 'is there for the same model, unit and `when`');
  const limits = listOf(table['limits'] ?? [], 'limits', MAX_ROWS).map((row, index) =>
    readLimits(row, `limits[${index}]`, known),
  );
  refuseTwice(
    limits.map(({ model }) => model),
    'limits',
    'is there for the same model',
  );
  return {
    version: readVersion(table['version'] ?? defaults.version),
    effectiveFrom: readTime(table['effectiveFrom'] ?? defaults.effectiveFrom),
    currency: 'USD',
    marks,
    prices,
    limits,
  };
}

function readPrice(row: unknown, path: string, marks: ReadonlySet<string>): Price {
  const fields = fieldsOf(row, path, {
    required: ['model', 'unit', 'usd', 'mark', 'source'],
    optional: ['per', 'when'],
  });
  const per = fields['per'];
  const when = fields['when'];
  return {
    model: textOf(fields['model'], `${path}.model`),
    unit: readUnit(fields['unit'], `${path}.unit`),
    usd: readUsd(fields['usd'], `${path}.usd`),
    ...(per !== undefined && { per: wholeOf(per, `${path}.per`) }),
    ...(when !== undefined && { when: readFacts(when, `${path}.when`) }),
    ...readOrigin(fields, path, marks),
  };
}

function readLimits(row: unknown, path: string, marks: ReadonlySet<string>): ModelLimits {
  const fields = fieldsOf(row, path, {
    required: ['model', 'mark', 'source'],
    optional: ['maxInputTokens', 'maxOutputTokens'],
  });
  const input = fields['maxInputTokens'];
  const output = fields['maxOutputTokens'];
  return {
    model: textOf(fields['model'], `${path}.model`),
    ...(input !== undefined && { maxInputTokens: wholeOf(input, `${path}.maxInputTokens`) }),
    ...(output !== undefined && { maxOutputTokens: wholeOf(output, `${path}.maxOutputTokens`) }),
    ...readOrigin(fields, path, marks),
  };
}

function readOrigin(fields: Fields, path: string, marks: ReadonlySet<string>) {
  const mark = textOf(fields['mark'], `${path}.mark`);
  if (!marks.has(mark)) throw refusal(`${path}.mark`, `takes ${[...marks].join(', ')}`);
  return { mark, source: textOf(fields['source'], `${path}.source`) };
}

function readUnit(value: unknown, path: string): PriceUnit {
  const unit = UNITS.find((known) => known === value);
  if (unit === undefined) throw refusal(path, `takes ${UNITS.join(', ')}`);
  return unit;
}

const UNITS = Object.keys(PRICE_UNITS).filter((name): name is PriceUnit =>
  Object.hasOwn(PRICE_UNITS, name),
);

function readUsd(value: unknown, path: string): number {
  if (typeof value === 'number' && value >= 0 && value <= MAX_USD) return value;
  throw refusal(path, `takes a number from 0 to ${MAX_USD}`);
}

function readFacts(value: unknown, path: string): PriceFacts {
  const facts = Object.entries(fieldsOf(value, path, null)).map(
    ([name, fact]): [string, string | boolean] => {
      const isText = typeof fact === 'string' && fact.length <= 64;
      if (isText || typeof fact === 'boolean') return [name, fact];
      throw refusal(`${path}.${name}`, 'takes a text of at most 64 characters, or a boolean');
    },
  );
  return Object.fromEntries(facts);
}

function readMarks(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return DEFAULT_MARKS;
  const marks = Object.entries(fieldsOf(value, 'marks', null));
  return Object.fromEntries(
    marks.map(([mark, meaning]) => [mark, textOf(meaning, `marks.${mark}`)]),
  );
}

const DEFAULT_MARKS = { O: 'stated by the operator' };

function readVersion(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:+-]{1,64}$/.test(value)) return value;
  throw refusal('version', 'takes 1 to 64 letters, digits and "._:+-"');
}

function readTime(value: unknown): string {
  const isTime =
    typeof value === 'string' &&
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(value) &&
    !Number.isNaN(Date.parse(value));
  if (isTime) return value;
  throw refusal(
    'effectiveFrom',
    'takes a date like 2026-11-23, or a time like 2026-11-23T00:00:00Z',
  );
}

function wholeOf(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= MAX_WHOLE)
    return value;
  throw refusal(path, `takes a whole number from 1 to ${MAX_WHOLE}`);
}

function textOf(value: unknown, path: string): string {
  const isText =
    typeof value === 'string' && value.length >= 1 && value.length <= 256 && !/\p{Cc}/u.test(value);
  if (isText) return value;
  throw refusal(path, 'takes a text of 1 to 256 characters');
}

function listOf(value: unknown, path: string, max: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= max) return value;
  throw refusal(path, `takes a list of at most ${max} rows`);
}

type Fields = Readonly<Record<string, unknown>>;

/** `null` takes fields of any name. */
function fieldsOf(
  value: unknown,
  path: string,
  names: { readonly required: readonly string[]; readonly optional: readonly string[] } | null,
): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (path === '') throw new GatewayError('INVALID_REQUEST', 'The body takes an object.');
    throw refusal(path, 'takes an object');
  }
  const fields = Object.fromEntries(Object.entries(value));
  if (!names) return fields;
  const taken = [...names.required, ...names.optional];
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const other = Object.keys(fields).find((name) => !taken.includes(name));
  if (other !== undefined) {
    throw refusal(
      at(other.slice(0, 80)),
      `is not a field that is taken here; taken are ${taken.join(', ')}`,
    );
  }
  const missing = names.required.find((name) => fields[name] === undefined);
  if (missing !== undefined) throw refusal(at(missing), 'is missing');
  return fields;
}

const rowKey = ({ model, unit, when }: Price): string =>
  JSON.stringify([
    model,
    unit,
    Object.entries(when ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);

function refuseTwice(keys: readonly string[], path: string, says: string): void {
  const seen = new Map<string, number>();
  for (const [index, key] of keys.entries()) {
    const before = seen.get(key);
    if (before !== undefined) throw refusal(`${path}[${index}]`, `${says} as ${path}[${before}]`);
    seen.set(key, index);
  }
}

const refusal = (path: string, says: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${path} ${says}.`, { param: path });

const MAX_ROWS = 5_000;
/** Of one unit or of `per` units; more is a slip of the keyboard. */
const MAX_USD = 100_000;
const MAX_WHOLE = 1_000_000_000;
