import type { TaskFilter, TaskStatus } from '@app/tasks';

/** Takes a value of a statement and gives its placeholder. */
export type Add = (value: unknown) => string;

/** One thing that a filter asks for, and that one index has in the order of ids. */
export type ListPart =
  | { readonly key: string; readonly value: string }
  | {
      readonly status: TaskStatus | undefined;
      readonly model: string | undefined;
      /** One of these. */
      readonly models: readonly string[] | undefined;
    };

/** At least one. */
export function partsOf({ status, model, models, metadata }: TaskFilter): readonly ListPart[] {
  const pairs = Object.entries(metadata ?? {}).map(([key, value]) => ({ key, value }));
  const own = { status, model, models };
  return isEverything(own) && pairs.length > 0 ? pairs : [...pairs, own];
}

export const isEverything = (part: ListPart): boolean =>
  !('key' in part) &&
  part.status === undefined &&
  part.model === undefined &&
  part.models === undefined;

interface ScanOptions {
  /** SQL of the tenant's id; null: everybody's. */
  readonly tenant: string | null;
  /** SQL of further conditions on an id, each with its AND. */
  readonly where: (id: string) => string;
  readonly add: Add;
}

/**
 * `SELECT … AS id`: ids of a tenant's tasks, in the order of an index that has nothing else between them.
 * That of a model without a status is in this order within each status alone: see `isOfEachStatus`.
 */
export function scanOf(part: ListPart, { tenant, where, add }: ScanOptions): string {
  const owner = tenant === null ? '' : ` AND tenant_id = ${tenant}`;
  if ('key' in part)
    return `SELECT task_id AS id FROM task_metadata WHERE key = ${add(part.key)} AND value = ${add(part.value)}${owner}${where('task_id')}`;
  const { status, model, models } = part;
  const ofStatus = status === undefined ? '' : ` AND status = ${add(status)}`;
  const ofModel = model === undefined ? '' : ` AND model = ${add(model)}`;
  const ofModels = models === undefined ? '' : ' AND model = models.model';
  const ofEach = isOfEachStatus(part) ? ' AND status = statuses.status' : '';
  return `SELECT id FROM tasks WHERE erased_at IS NULL${owner}${ofStatus}${ofModel}${ofModels}${ofEach}${where('id')}`;
}

/** The part's scan stands beside `EACH_STATUS`, and is made for each. */
export const isOfEachStatus = (part: ListPart): boolean =>
  !('key' in part) &&
  (part.model !== undefined || part.models !== undefined) &&
  part.status === undefined;

export const EACH_STATUS =
  "(VALUES ('queued'), ('handling'), ('archiving'), ('success'), ('fail')) AS statuses(status)";

/** Beside which the scan of a part with several models is made for each; null: it has none. */
export const eachModel = (part: ListPart, add: Add): string | null =>
  'key' in part || part.models === undefined
    ? null
    : `unnest(${add(part.models)}::text[]) AS models(model)`;

/** A condition without joins: the planner would have to know how common each part is to join them well. */
export function holds(
  part: ListPart,
  { tenant, add }: { readonly tenant: string; readonly add: Add },
): string {
  if ('key' in part)
    return `(SELECT true FROM task_metadata AS other WHERE other.tenant_id = ${tenant} AND other.key = ${add(part.key)} AND other.value = ${add(part.value)} AND other.task_id = found.id)`;
  const { status, model, models } = part;
  const conditions = [
    ...(status === undefined ? [] : [`other.status = ${add(status)}`]),
    ...(model === undefined ? [] : [`other.model = ${add(model)}`]),
    ...(models === undefined ? [] : [`other.model = ANY(${add(models)}::text[])`]),
  ];
  return `(SELECT ${conditions.join(' AND ')} FROM tasks AS other WHERE other.id = found.id)`;
}
