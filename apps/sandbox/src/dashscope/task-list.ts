import { type Fields, readText } from '../fields.js';
import { invalidParameter } from './dashscope-error.js';
import { type AsyncTask, finishedAt, startedAt, taskStatus } from './task-answer.js';

/** What a listing asks for: https://www.alibabacloud.com/help/en/model-studio/manage-asynchronous-tasks */
export interface TaskQuery {
  /** Unix milliseconds; null: not asked for. */
  readonly from: number | null;
  readonly to: number | null;
  readonly model: string;
  readonly status: string;
  readonly taskId: string;
  readonly pageNo: number;
  readonly pageSize: number;
}

const DAY_MS = 24 * 3_600_000;
const MAX_PAGE_SIZE = 100;

/** @throws DashScopeError */
export function readTaskQuery(query: Fields): TaskQuery {
  const [from, to] = [readTime(query, 'start_time'), readTime(query, 'end_time')];
  if (from !== null && to !== null && (to < from || to - from > DAY_MS)) {
    throw invalidParameter('start_time and end_time must not be more than 24 hours apart.');
  }
  return {
    from,
    to,
    model: readText(query, 'model_name'),
    status: readText(query, 'status'),
    taskId: readText(query, 'task_id'),
    pageNo: readCount(query, 'page_no', { fallback: 1, max: 1_000_000 }),
    pageSize: readCount(query, 'page_size', { fallback: 10, max: MAX_PAGE_SIZE }),
  };
}

/** Pure. */
export function listPage(
  tasks: Iterable<AsyncTask>,
  query: TaskQuery,
  now: number,
): Readonly<Record<string, unknown>> {
  const to = query.to ?? (query.from === null ? now : query.from + DAY_MS);
  const from = query.from ?? to - DAY_MS;
  const found = [...tasks].filter(
    (task) =>
      task.submittedAt >= from &&
      task.submittedAt <= to &&
      (query.taskId === '' || task.id === query.taskId) &&
      (query.model === '' || task.job.model === query.model) &&
      (query.status === '' || taskStatus(task, now) === query.status),
  );
  const start = (query.pageNo - 1) * query.pageSize;
  return {
    total: found.length,
    data: found
      .toReversed()
      .slice(start, start + query.pageSize)
      .map((task) => line(task, now)),
    total_page: Math.ceil(found.length / query.pageSize),
    page_no: query.pageNo,
    page_size: query.pageSize,
  };
}

function line(task: AsyncTask, now: number): Readonly<Record<string, unknown>> {
  const status = taskStatus(task, now);
  return {
    api_key_id: '1',
    caller_parent_id: '1',
    caller_uid: '1',
    gmt_create: task.submittedAt,
    ...(status === 'PENDING' || status === 'CANCELED' ? {} : { start_time: startedAt(task) }),
    ...(status === 'SUCCEEDED' || status === 'FAILED' ? { end_time: finishedAt(task) } : {}),
    model_name: task.job.model,
    region: 'sandbox',
    request_id: task.id,
    status,
    task_id: task.id,
    user_api_unique_key: `apikey:v1:aigc:${kindOf(task)}:${task.job.model}`,
  };
}

const kindOf = ({ job }: AsyncTask): string =>
  job.kind === 'film' ? 'video-generation:video-synthesis' : 'text2image:image-synthesis';

/** `20230420193058`, eight hours ahead of UTC as all times of this vendor. @throws DashScopeError */
function readTime(query: Fields, name: string): number | null {
  const text = readText(query, name);
  if (text === '') return null;
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text)?.slice(1);
  if (!parts) throw invalidParameter(`${name} must be written YYYYMMDDhhmmss.`);
  const [year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
  if (Number.isNaN(time)) throw invalidParameter(`${name} is no time.`);
  return time;
}

function readCount(
  query: Fields,
  name: string,
  { fallback, max }: { readonly fallback: number; readonly max: number },
): number {
  const text = readText(query, name);
  if (text === '') return fallback;
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw invalidParameter(`${name} must be from 1 to ${max}.`);
  return value;
}
