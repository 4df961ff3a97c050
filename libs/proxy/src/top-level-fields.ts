import { walkObject } from './object-entries.js';

/** What stands at the top of a JSON object, as far as it was looked for. */
export interface TopLevelFields {
  /** Raw JSON text of the wanted fields. */
  readonly values: ReadonlyMap<string, string>;
  /** A key that stands twice; null: none does. Of the same key in another spelling see `misspelled`. */
  readonly doubled: string | null;
  /** A wanted key in another case; readers that do not mind the case would take it. */
  readonly misspelled: string | null;
}

/**
 * Reads the wanted fields of a JSON object out of its bytes, and its keys; null for what is no object
 * or whose top level is no JSON. What is inside the values is walked over, not judged.
 */
export function topLevelFields(bytes: Buffer, wanted: ReadonlySet<string>): TopLevelFields | null {
  const values = new Map<string, string>();
  const seen = new Set<string>();
  let doubled: string | null = null;
  let misspelled: string | null = null;
  const isObject = walkObject(bytes, ({ key, start, end }) => {
    if (seen.has(key)) doubled ??= key;
    seen.add(key);
    if (wanted.has(key)) values.set(key, bytes.toString('utf8', start, end));
    else if (wanted.has(foldCase(key))) misspelled ??= key;
    return seen.size <= MAX_KEYS;
  });
  if (!isObject) return null;
  return { values, doubled, misspelled };
}

/** Nothing that is meant has so many fields. */
const MAX_KEYS = 1_000;

/** As readers do that compare keys without case: also the long s and the sign for kelvin are letters. */
const foldCase = (key: string): string => key.toUpperCase().toLowerCase();
