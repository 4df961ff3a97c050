import { isFields, readText, type Fields } from '../fields.js';
import { invalidParameter } from './ark-error.js';
import { filmStatus, isKept, type FilmTask } from './film-task.js';

/** What a listing asks for; an empty text: anything. */
export interface FilmQuery {
  readonly page: number;
  readonly size: number;
  readonly status: string;
  readonly model: string;
  readonly serviceTier: string;
  readonly ids: readonly string[];
}

const STATUSES = ['queued', 'running', 'cancelled', 'succeeded', 'failed', 'expired'];

/** @throws ArkError */
export function readFilmQuery(value: unknown): FilmQuery {
  const query = isFields(value) ? value : {};
  const status = readText(query, 'filter.status');
  if (status !== '' && !STATUSES.includes(status)) {
    throw invalidParameter('filter.status', `use one of ${STATUSES.join(', ')}`);
  }
  return {
    page: readCount(query, 'page_num', 1),
    size: readCount(query, 'page_size', 10),
    status,
    model: readText(query, 'filter.model'),
    serviceTier: readText(query, 'filter.service_tier'),
    ids: [query['filter.task_ids'] ?? []].flat().map(String),
  };
}

/** Pure. The tasks of a page, newest first, and how many there are. */
export function filmPage(
  tasks: Iterable<FilmTask>,
  query: FilmQuery,
  now: number,
): { readonly items: readonly FilmTask[]; readonly total: number } {
  const found = [...tasks].filter(
    (task) =>
      isKept(task, now) &&
      (query.status === '' || filmStatus(task, now) === query.status) &&
      (query.model === '' || task.job.name === query.model) &&
      (query.serviceTier === '' || task.job.serviceTier === query.serviceTier) &&
      (query.ids.length === 0 || query.ids.includes(task.id)),
  );
  const start = (query.page - 1) * query.size;
  return { items: found.toReversed().slice(start, start + query.size), total: found.length };
}

/** Both are from 1 to 500. */
function readCount(query: Fields, name: string, fallback: number): number {
  const text = readText(query, name);
  if (text === '') return fallback;
  const value = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 500) throw invalidParameter(name, 'it must be from 1 to 500');
  return value;
}
