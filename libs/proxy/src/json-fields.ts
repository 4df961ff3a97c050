/** A JSON object as it was parsed. */
export type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** For texts of others that we only watch: undefined for what is no JSON. */
export function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Values by their paths, out of raw JSON. */
export function parsedFields(raw: ReadonlyMap<string, string>): Fields {
  const fields: Record<string, unknown> = {};
  for (const [path, text] of raw) fields[path] = parsed(text);
  return fields;
}
