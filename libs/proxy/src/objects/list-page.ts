/** An entry of a list, as it came. */
export interface ListItem {
  readonly id: string;
  /** Seconds since 1970; 0 where it does not say. */
  readonly createdAt: number;
  readonly value: object;
}

/** A page of an upstream's list. */
export interface ListPage {
  /** What it says besides its entries. */
  readonly head: object;
  readonly items: readonly ListItem[];
  readonly hasMore: boolean;
}

/** Null: no list of objects with ids. */
export function readListPage(body: Buffer): ListPage | null {
  const head = parsed(body);
  if (typeof head !== 'object' || head === null) return null;
  const data: unknown = Reflect.get(head, 'data');
  if (!Array.isArray(data)) return null;
  const items = data.map(itemOf);
  if (items.includes(null)) return null;
  const known = items.filter((item) => item !== null);
  return { head, items: known, hasMore: Reflect.get(head, 'has_more') === true };
}

/** Whether there may be entries of a list in a body that is none in the usual shape: a list of objects, wherever in it. */
export function holdsEntries(body: Buffer): boolean {
  const value = parsed(body);
  return value === null || isWithEntries(value);
}

function isWithEntries(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const inner: readonly unknown[] = Object.values(value);
  const isList =
    Array.isArray(value) && inner.some((one) => typeof one === 'object' && one !== null);
  return isList || inner.some(isWithEntries);
}

/** The page as its tenant sees it. */
export function listBody(head: object, items: readonly ListItem[], hasMore: boolean): Buffer {
  const ends = { first_id: items[0]?.id ?? null, last_id: items.at(-1)?.id ?? null };
  const data = items.map(({ value }) => value);
  return Buffer.from(JSON.stringify({ object: 'list', ...head, data, ...ends, has_more: hasMore }));
}

function itemOf(value: unknown): ListItem | null {
  if (typeof value !== 'object' || value === null) return null;
  const id: unknown = Reflect.get(value, 'id');
  const createdAt: unknown = Reflect.get(value, 'created_at') ?? Reflect.get(value, 'created');
  if (typeof id !== 'string' || id === '') return null;
  return { id, createdAt: typeof createdAt === 'number' ? createdAt : 0, value };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
