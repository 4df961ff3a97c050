/**
 * What comes of the bytes, wherever they are cut: each different outcome once, so that one place is enough to show.
 */
export function outcomesOf<T>(bytes: Buffer, run: (pieces: readonly Buffer[]) => T): readonly T[] {
  const outcomes = new Map<string, T>();
  for (const pieces of cutEverywhere(bytes)) {
    const outcome = run(pieces);
    outcomes.set(JSON.stringify(outcome), outcome);
  }
  return [...outcomes.values()];
}

/** The bytes cut in two at every place, and byte by byte. */
function* cutEverywhere(bytes: Buffer): Generator<readonly Buffer[]> {
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    yield [bytes.subarray(0, cut), bytes.subarray(cut)];
  }
  yield Array.from(bytes, (byte) => Buffer.of(byte));
}

/** The bytes cut at the given places. */
export function cutAt(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const edges = [0, ...places.toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge));
}
