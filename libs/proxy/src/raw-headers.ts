/**
 * Headers as they stood on the wire: name, value, name, value…, with order, case and repetitions
 * kept (`IncomingMessage.rawHeaders`). A pass-through must not fold or reorder what it passes on.
 */
export type RawHeaders = readonly string[];

/** Every header as a pair; a name without a value is left out. */
export function* headerPairs(headers: RawHeaders): Generator<readonly [string, string]> {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index];
    const value = headers[index + 1];
    if (name !== undefined && value !== undefined) yield [name, value];
  }
}

/** The first value of a header, whatever the case of its name. */
export function headerValue(headers: RawHeaders, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const [candidate, value] of headerPairs(headers)) {
    if (candidate.toLowerCase() === wanted) return value;
  }
  return undefined;
}

/** The headers whose lower-case name the predicate keeps. */
export function keepHeaders(headers: RawHeaders, keep: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (const [name, value] of headerPairs(headers)) {
    if (keep(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
