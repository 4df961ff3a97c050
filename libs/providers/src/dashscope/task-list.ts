import { at, listAt, numberAt, textAt } from '../json.js';
import type { ProviderContext } from '../provider.js';
import { unreadable } from '../refusal.js';
import { callDashscope } from './dashscope-call.js';

/** A line of the vendor's list of tasks; it never shows the prompt. */
export interface ListedTask {
  readonly taskId: string;
  /** When the vendor made it, Unix milliseconds by the vendor's clock. */
  readonly createdAt: number;
}

export interface TaskList {
  readonly tasks: readonly ListedTask[];
  /** Whether everything since the time asked for is in it. */
  readonly isWhole: boolean;
}

const PAGE_SIZE = 100;
const MAX_PAGES = 20;

/**
 * Tasks of a model made since a time. The query names no time, which means the last 24 hours: the
 * vendor's `start_time` has no zone, and a list of the wrong hours would look like a job that was never
 * taken. Pages come newest first and are read until one is older; were they not, all are read.
 * @throws ProviderError
 */
export async function listTasks(
  context: ProviderContext,
  model: string,
  sinceMs: number,
): Promise<TaskList> {
  const tasks: ListedTask[] = [];
  for (let pageNo = 1; pageNo <= MAX_PAGES; pageNo += 1) {
    // One page after the other: whether the next is needed is known by this one.
    const page = await readPage(context, model, pageNo);
    tasks.push(...page.tasks);
    if (pageNo >= page.pages || isPast(tasks, sinceMs)) {
      return { tasks: tasks.filter(({ createdAt }) => createdAt >= sinceMs), isWhole: true };
    }
  }
  return { tasks: tasks.filter(({ createdAt }) => createdAt >= sinceMs), isWhole: false };
}

interface Page {
  readonly tasks: readonly ListedTask[];
  /** How many pages there are. */
  readonly pages: number;
}

async function readPage(context: ProviderContext, model: string, pageNo: number): Promise<Page> {
  const query = new URLSearchParams({
    model_name: model,
    page_no: String(pageNo),
    page_size: String(PAGE_SIZE),
  });
  const answer = await callDashscope(context, {
    method: 'GET',
    path: `/tasks/?${query.toString()}`,
  });
  const pages = numberAt(answer.body, 'total_page');
  if (!Array.isArray(at(answer.body, 'data')) || pages === undefined) {
    throw unreadable(answer, 'a list of tasks');
  }
  const lines = listAt(answer.body, 'data');
  const tasks = lines.map(readLine).filter((task) => task !== undefined);
  if (tasks.length < lines.length) throw unreadable(answer, 'id and time of every task');
  return { tasks, pages };
}

function readLine(line: unknown): ListedTask | undefined {
  const [taskId, createdAt] = [textAt(line, 'task_id'), numberAt(line, 'gmt_create')];
  return taskId === undefined || createdAt === undefined ? undefined : { taskId, createdAt };
}

/** Whether the list has come to older tasks, and was newest first all the way. */
function isPast(tasks: readonly ListedTask[], sinceMs: number): boolean {
  const last = tasks.at(-1);
  if (!last || last.createdAt >= sinceMs) return false;
  return tasks.every((task, index) => task.createdAt >= (tasks[index + 1]?.createdAt ?? 0));
}
