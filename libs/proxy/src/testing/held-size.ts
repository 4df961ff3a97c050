/** Letters and bytes, and one more for each value, of everything that can be reached from here: what it holds. */
export function heldSize(root: object): number {
  const seen = new Set<unknown>();
  const open: unknown[] = [root];
  let size = 0;
  for (let value = open.pop(); value !== undefined || open.length > 0; value = open.pop()) {
    size += 1;
    if (typeof value === 'string') size += value.length;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) size += keptBy(value);
    else if (value instanceof Map || value instanceof Set) open.push(...value, ...value.keys());
    else if (!isClock(value))
      for (const key of Reflect.ownKeys(value)) open.push(Reflect.get(value, key));
  }
  return size;
}

/** A piece of a chunk keeps all of it; small ones are cut from a pool that is there anyway. */
const keptBy = ({ buffer, byteLength }: ArrayBufferView): number =>
  buffer.byteLength === Buffer.poolSize ? byteLength : buffer.byteLength;

/** A timer hangs in a list with all others. */
const isClock = (value: object): boolean => 'hasRef' in value;
