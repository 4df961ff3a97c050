/** The bytes cut in two at every place, and byte by byte. */
export function* cutEverywhere(bytes: Buffer): Generator<readonly Buffer[]> {
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
