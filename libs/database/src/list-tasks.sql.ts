import {
  type Add,
  EACH_STATUS,
  eachModel,
  holds,
  isEverything,
  isOfEachStatus,
  type ListPart,
  scanOf,
} from './list-parts.sql.js';
import { exactly, type IdRange, within } from './list-range.sql.js';

/** A statement whose values are collected while its text is written. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Tasks that are in every part, in the order of their ids. */
export interface Walk {
  /** Null: everybody's. */
  readonly tenantId: string | null;
  /** The rarest first. */
  readonly parts: readonly ListPart[];
  /**
   * Few in the first part: each is looked up in the others. Many: all are read side by side, which costs
   * a thirtieth for each task.
   */
  readonly isFew: boolean;
  readonly range: IdRange;
  readonly order: 'ASC' | 'DESC';
  /** Where all parts have something, if that is known. */
  readonly common: Ends | null;
}

interface Ends {
  readonly newest: string;
  readonly oldest: string;
}

/** Ids of a page. */
export const listStatement = (
  walk: Walk,
  { skip, size }: { readonly skip: number; readonly size: number },
): Statement =>
  write(
    (add) =>
      `SELECT id FROM (${walked(walk, skip + size, add)}) AS newest ORDER BY id ${walk.order} OFFSET ${add(skip)}`,
  );

/** One row `{found}`: how many there are, to the cap at most. */
export const countStatement = (walk: Walk, cap: number): Statement =>
  write((add) => `SELECT count(*)::int AS found FROM (${walked(walk, cap, add)}) AS capped`);

/** How much of a part lies where all parts have something. */
export interface PartSize {
  /** To the cap at most. */
  readonly found: number;
  /** The oldest of those: of two parts with many, the one that reaches back further is the rarer. */
  readonly last: string | null;
}

/** One row `{newest, oldest, sizes: PartSize[]}`: between which ids all parts have something, and how much. */
export function sizesStatement(
  { tenantId, parts, range }: Pick<Walk, 'tenantId' | 'parts' | 'range'>,
  cap: number,
): Statement {
  return write((add) => {
    const ids = (part: ListPart, order: 'ASC' | 'DESC', depth: number, ends = ''): string =>
      firstOfEach({ tenantId, part }, { order, depth, add }, (tenant) =>
        scanOf(part, {
          tenant,
          add,
          where: (id) => within(range, id, add) + ends.replaceAll('$id', id),
        }),
      );
    const end = (order: 'ASC' | 'DESC'): string =>
      parts.map((part) => `(${ids(part, order, 1)})`).join(', ');
    const between = ' AND $id BETWEEN (SELECT oldest FROM ends) AND (SELECT newest FROM ends)';
    const sizes = parts.map(
      (part) =>
        `(SELECT jsonb_build_object('found', count(*), 'last', min(id)) FROM (${ids(part, 'DESC', cap, between)}) AS newest)`,
    );
    return `WITH ends AS MATERIALIZED (SELECT least(${end('DESC')}) AS newest, greatest(${end('ASC')}) AS oldest)
SELECT newest, oldest, jsonb_build_array(${sizes.join(', ')}) AS sizes FROM ends`;
  });
}

function walked(
  { tenantId, parts, isFew, range, order, common }: Walk,
  depth: number,
  add: Add,
): string {
  const [first, ...others] = parts;
  if (!first) throw new RangeError('A walk needs a part');
  const ends = (id: string): string =>
    common ? ` AND ${id} BETWEEN ${add(common.oldest)} AND ${add(common.newest)}` : '';
  const where = (id: string): string => within(range, id, add) + ends(id);
  if (tenantId === null && isEverything(first)) {
    const scan = scanOf(first, { tenant: null, where, add });
    return `${checked(scan, exactly(range, add))} ORDER BY id ${order} LIMIT ${add(depth)}`;
  }
  return firstOfEach({ tenantId, part: first }, { order, depth, add }, (tenant) => {
    const scans = (isFew ? [first] : parts).map((part) => scanOf(part, { tenant, where, add }));
    const asked = isFew ? others.map((part) => holds(part, { tenant, add })) : [];
    return checked(joined(scans), [...asked, ...exactly(range, add)]);
  });
}

const joined = ([first = '', ...others]: readonly string[]): string =>
  others.length === 0
    ? first
    : `SELECT first.id FROM (${first}) AS first ${others
        .map((scan, index) => `JOIN (${scan}) AS other${index} ON other${index}.id = first.id`)
        .join(' ')}`;

const checked = (scan: string, checks: readonly string[]): string =>
  checks.length === 0
    ? scan
    : `SELECT found.id FROM (${scan}) AS found WHERE ${checks.join(' AND ')}`;

interface Order {
  readonly order: 'ASC' | 'DESC';
  readonly depth: number;
  readonly add: Add;
}

/**
 * For everybody the first of each tenant are put together, so that the tenants' own indexes serve
 * operators as well; for a model, those of each status.
 */
function firstOfEach(
  { tenantId, part }: { readonly tenantId: string | null; readonly part: ListPart },
  { order, depth, add }: Order,
  idsOf: (tenant: string) => string,
): string {
  const first = ` ORDER BY id ${order} LIMIT ${add(depth)}`;
  const models = eachModel(part, add);
  const each = [
    ...(tenantId === null ? ['tenants'] : []),
    ...(models === null ? [] : [models]),
    ...(isOfEachStatus(part) ? [EACH_STATUS] : []),
  ];
  const ids = `${idsOf(tenantId === null ? 'tenants.id' : add(tenantId))}${first}`;
  if (each.length === 0) return ids;
  return `SELECT own.id FROM ${each.join(' CROSS JOIN ')} CROSS JOIN LATERAL (${ids}) AS own${first}`;
}

function write(textOf: (add: Add) => string): Statement {
  const values: unknown[] = [];
  const text = textOf((value) => `$${values.push(value)}`);
  return { text, values };
}
