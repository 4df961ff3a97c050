import { listAt, numberAt, present, textAt } from '../json.js';
import type {
  JsonObject,
  LostSubmit,
  ProviderContext,
  Recovered,
  RivalSubmit,
} from '../provider.js';
import { promptOf } from './check-task.js';
import { callDashscope } from './dashscope-call.js';
import { readFilmFacts } from './read-film-facts.js';
import { handleOfTask } from './submit-job.js';
import { type ListedTask, listTasks } from './task-list.js';

/** What a look at one task tells: the lost one, certainly another, or not told (yet). */
type Verdict = 'ours' | 'another' | 'untold';

/**
 * Looks for the task of a lost submit: made in its time, of its model, no other attempt's. A finished
 * task shows its prompt and decides. While none does, a single candidate is taken once no further
 * one can appear; `check` compares the prompt at the end. Absent only when the window has been
 * over for a while and nobody's task is left in it.
 */
export async function recoverTask(lost: LostSubmit, context: ProviderContext): Promise<Recovered> {
  const model = textAt(lost.request, 'model') ?? lost.vendorModel;
  const list = await listTasks(context, model, lost.startedAt - CLOCK_SKEW_MS);
  const inWindow = list.tasks.filter(({ createdAt }) => createdAt <= windowEnd(lost));
  const rivals = await lost.rivals();
  const owned = new Set(await lost.owned(inWindow.map(({ taskId }) => taskId)));
  const candidates = inWindow.filter(({ taskId }) => !owned.has(taskId));
  const nearest = candidates
    .toSorted((a, b) => distance(a, lost) - distance(b, lost))
    .slice(0, MAX_LOOKS);
  const looks: Look[] = [];
  for (const task of nearest) {
    // One after the other: the vendor counts queries by the second.
    looks.push({ task, verdict: await lookAt(task.taskId, lost.request, context) });
  }
  return conclude(looks, lost, {
    rivals,
    isOver: Date.now() >= windowEnd(lost) - CLOCK_SKEW_MS + SETTLING_MS,
    isWhole: list.isWhole && nearest.length === candidates.length,
  });
}

/** How far the vendor's clock may be from ours. */
const CLOCK_SKEW_MS = 60_000;
/** How long after a submit was sent the vendor may still take it: the call's own time-out. */
const MAX_SUBMIT_MS = 60_000;
/** How long a new task may be missing from the list. */
const SETTLING_MS = 30_000;
const MAX_LOOKS = 25;

const windowEnd = (lost: LostSubmit): number => lost.startedAt + MAX_SUBMIT_MS + CLOCK_SKEW_MS;

const distance = (task: ListedTask, lost: LostSubmit): number =>
  Math.abs(task.createdAt - lost.startedAt);

interface Look {
  readonly task: ListedTask;
  readonly verdict: Verdict;
}

interface Circumstances {
  readonly rivals: readonly RivalSubmit[];
  readonly isOver: boolean;
  readonly isWhole: boolean;
}

/** Pure. */
function conclude(
  looks: readonly Look[],
  lost: LostSubmit,
  { rivals, isOver, isWhole }: Circumstances,
): Recovered {
  const ours = looks.filter(({ verdict }) => verdict === 'ours');
  const untold = looks.filter(({ verdict }) => verdict === 'untold');
  const [look] = ours.length > 0 ? ours : untold;
  if (ours.length === 0 && (!isOver || !isWhole)) return { found: 'unclear' };
  if (!look) return { found: 'absent' };
  const isSingle = (ours.length > 0 ? ours : untold).length === 1;
  if (!isSingle || rivals.some((rival) => mayBeTheirs(look, rival, lost))) {
    return { found: 'unclear' };
  }
  return found(look.task.taskId, lost);
}

/**
 * Whether a task may be what another submit is about to be answered with: the parts of one task have
 * the same words, and one that does not show its words may be anybody's of its time.
 */
function mayBeTheirs(
  { task: { createdAt }, verdict }: Look,
  { request, startedAt }: RivalSubmit,
  lost: LostSubmit,
): boolean {
  if (textAt(request, 'model') !== textAt(lost.request, 'model')) return false;
  if (createdAt < startedAt - CLOCK_SKEW_MS) return false;
  if (verdict === 'untold') return true;
  return textAt(request, 'input', 'prompt') === textAt(lost.request, 'input', 'prompt');
}

function found(taskId: string, lost: LostSubmit): Recovered {
  const prompt = textAt(lost.request, 'input', 'prompt');
  const handle = { ...handleOfTask(taskId, lost.request), ...present({ prompt }) };
  return { found: 'job', handle, vendorId: taskId };
}

/**
 * A task shows its prompt, and how long its film is, once it has succeeded. A length that nobody asked for
 * (a film that is changed keeps its own) tells nothing.
 */
async function lookAt(
  taskId: string,
  request: JsonObject,
  context: ProviderContext,
): Promise<Verdict> {
  const path = `/tasks/${encodeURIComponent(taskId)}`;
  const { body } = await callDashscope(context, { method: 'GET', path });
  const prompt = promptOf(body);
  if (prompt === undefined) return 'untold';
  if (prompt !== textAt(request, 'input', 'prompt')) return 'another';
  const made = holdsFilms(request) ? undefined : readFilmFacts(body).madeSeconds;
  const asked = numberAt(request, 'parameters', 'duration');
  return made === undefined || asked === undefined || Math.round(made) === asked
    ? 'ours'
    : 'another';
}

/** Films that go in are counted into the length by some generations. */
function holdsFilms(request: JsonObject): boolean {
  const media = listAt(request, 'input', 'media').map((one) => textAt(one, 'type') ?? '');
  const isListed = listAt(request, 'input', 'reference_urls').length > 0;
  return isListed || media.some((type) => type.includes('video'));
}
