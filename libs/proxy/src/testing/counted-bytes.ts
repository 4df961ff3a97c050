/** Bytes that count how often one of them is looked at: the work of a scanner, without a clock. */
export function countedBytes(bytes: Uint8Array): { bytes: Uint8Array; reads: () => number } {
  let reads = 0;
  const counted = new Proxy(bytes, {
    get(target, property) {
      if (typeof property === 'string' && /^\d+$/.test(property)) reads += 1;
      const value: unknown = Reflect.get(target, property, target);
      const bound: unknown = typeof value === 'function' ? value.bind(target) : value;
      return bound;
    },
  });
  return { bytes: counted, reads: () => reads };
}
