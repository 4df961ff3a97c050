import type { Facts, TaskFact } from './facts.js';

/** One promise, and who broke it. */
export interface Verdict {
  readonly invariant: string;
  /** One sentence for each offence; none: the promise was kept. */
  readonly offences: readonly string[];
}

/**
 * Every promise of docs/guarantees.md, judged by the facts alone. Pure.
 * @returns in the order of the list below, one verdict each
 */
export function audit(facts: Facts): readonly Verdict[] {
  return Object.entries(INVARIANTS).map(([invariant, offencesOf]) => ({
    invariant,
    offences: offencesOf(facts),
  }));
}

type Invariant = (facts: Facts) => readonly string[];

export const isTerminal = (status: string): boolean => status === 'success' || status === 'fail';

const INVARIANTS = {
  'every acknowledged task exists': ({ orders, shown }) =>
    orders
      .flatMap(({ answered }) => answered)
      .filter((id) => !shown.has(id))
      .map((id) => `${id} was acknowledged, and the API does not know it`),

  'one order is one task': ({ orders, tasks }) => {
    const idsOf = Map.groupBy(tasks.filter(isWhole), ({ prompt }) => prompt);
    return orders.flatMap(({ prompt, answered }) => {
      const ids = new Set([...answered, ...(idsOf.get(prompt) ?? []).map(({ id }) => id)]);
      return ids.size > 1 ? [`"${prompt}" became ${[...ids].join(' and ')}`] : [];
    });
  },

  'no task comes from nowhere': ({ orders, tasks }) => {
    const wanted = new Set(
      orders
        .filter(({ answered, mayExist }) => answered.length > 0 || mayExist)
        .map(({ prompt }) => prompt),
    );
    return tasks
      .filter(({ prompt }) => !wanted.has(prompt))
      .map(({ id, prompt }) => `${id} ("${prompt}"): nobody was told of it`);
  },

  'every task ends': ({ tasks }) =>
    tasks
      .filter(({ status }) => !isTerminal(status))
      .map(({ id, status, prompt }) => `${id} is ${status} ("${prompt}")`),

  'the API shows what the row says': ({ tasks, shown }) =>
    tasks.filter(isWhole).flatMap(({ id, status, errorCode }) => {
      const seen = shown.get(id);
      if (seen === undefined) return [`${id} is not shown`];
      if (seen.status === status && seen.errorCode === errorCode) return [];
      return [`${id} is ${status} ${errorCode}, and shown as ${seen.status} ${seen.errorCode}`];
    }),

  'a part is shown to nobody': ({ tasks, shown }) =>
    tasks
      .filter(({ id, parentId }) => parentId !== null && shown.has(id))
      .map(({ id, parentId }) => `${id} is a part of ${parentId}, and shown`),

  'a task of several calls ends after its parts': ({ tasks }) => {
    const taskOf = new Map(tasks.map((task) => [task.id, task]));
    return tasks
      .filter(({ parentId, status }) => {
        const whole = taskOf.get(parentId ?? '');
        return whole && isTerminal(whole.status) && !isTerminal(status);
      })
      .map(({ id, parentId, status }) => `${parentId} has ended, and its part ${id} is ${status}`);
  },

  'a task ends once, and nothing happens to it afterwards': ({ tasks, events }) => {
    const eventsOf = Map.groupBy(events, ({ taskId }) => taskId);
    return tasks
      .filter(({ status }) => isTerminal(status))
      .flatMap(({ id, status }) => {
        const story = (eventsOf.get(id) ?? []).toSorted((a, b) => a.version - b.version);
        const ends = story.filter(({ to }) => isTerminal(to));
        const told = story.map(({ to }) => to).join(' → ');
        if (ends.length !== 1) return [`${id} has ${ends.length} ends: ${told}`];
        if (story.at(-1) !== ends[0]) return [`${id} went on after its end: ${told}`];
        return ends[0]?.to === status ? [] : [`${id} is ${status}, its history says ${told}`];
      });
  },

  'nobody pays twice': ({ tasks, submits }) => {
    const paid = countsOf(submits);
    return tasks
      .filter(isWhole)
      .filter(({ onUnknown }) => onUnknown !== 'retry')
      .filter(({ prompt, calls }) => (paid.get(prompt) ?? 0) > calls)
      .map(({ id, prompt }) => `${id} was submitted ${paid.get(prompt)} times ("${prompt}")`);
  },

  'a second payment that a task allows has an attempt of its own': ({
    tasks,
    attempts,
    submits,
  }) => {
    const paid = countsOf(submits);
    const wholeOf = new Map(tasks.map(({ id, parentId }) => [id, parentId ?? id]));
    const tried = countsOf(attempts.map(({ taskId }) => wholeOf.get(taskId) ?? taskId));
    return tasks
      .filter(isWhole)
      .filter(({ id, prompt }) => (paid.get(prompt) ?? 0) > (tried.get(id) ?? 0))
      .map(
        ({ id, prompt }) =>
          `${id} has ${tried.get(id) ?? 0} attempts and ${paid.get(prompt)} submits ("${prompt}")`,
      );
  },

  'nothing is submitted that no task asked for': ({ tasks, submits }) => {
    const known = new Set(tasks.map(({ prompt }) => prompt));
    return submits
      .filter((prompt) => !known.has(prompt))
      .map((prompt) => `a vendor was paid for "${prompt}", which is no task`);
  },

  'success was paid for': ({ tasks, submits }) => {
    const paid = new Set(submits);
    return tasks
      .filter(({ status, prompt }) => status === 'success' && !paid.has(prompt))
      .map(({ id, prompt }) => `${id} succeeded, and no vendor knows of it ("${prompt}")`);
  },

  'a task that was canceled stays so': ({ orders, shown }) =>
    orders
      .filter(({ cancel }) => cancel === 'canceled')
      .flatMap(({ answered }) => answered)
      .filter((id) => shown.get(id)?.errorCode !== 'TASK_CANCELED')
      .map((id) => `${id} was canceled, and ended as ${JSON.stringify(shown.get(id))}`),

  'every end is told where a callback was asked for': ({ tasks, callbacks }) => {
    const told = new Set(
      callbacks.filter(({ taken }) => taken).map(({ taskId, status }) => `${taskId} ${status}`),
    );
    return withCallback(tasks)
      .filter(({ id, status }) => isTerminal(status) && !told.has(`${id} ${status}`))
      .map(({ id, status }) => `nobody was told that ${id} ended in ${status}`);
  },

  'every callback is signed': ({ callbacks }) =>
    callbacks
      .filter(({ signatureIsValid }) => !signatureIsValid)
      .map(({ webhookId, taskId }) => `${webhookId} of ${taskId} has a wrong signature`),

  'every attempt of a callback has the same bytes': ({ callbacks }) =>
    [...Map.groupBy(callbacks, ({ webhookId }) => webhookId)]
      .filter(([, attempts]) => new Set(attempts.map(({ digest }) => digest)).size > 1)
      .map(([id, attempts]) => `${id} came ${attempts.length} times with different bytes`),

  'one change has one webhook-id': ({ callbacks }) =>
    [...Map.groupBy(callbacks, ({ taskId, event }) => `${event} of ${taskId}`)]
      .map(
        ([what, attempts]) => [what, new Set(attempts.map(({ webhookId }) => webhookId))] as const,
      )
      .filter(([, ids]) => ids.size > 1)
      .map(([what, ids]) => `${what} came under ${[...ids].join(' and ')}`),

  'no callback tells what did not happen': ({ callbacks, events }) => {
    const happened = new Set(events.map(({ taskId, to }) => `${taskId} ${to}`));
    return callbacks
      .filter(({ taskId, status }) => !happened.has(`${taskId} ${status}`))
      .map(({ webhookId, taskId, status }) => `${webhookId} says that ${taskId} was ${status}`);
  },

  'no callback is left unsent': ({ deliveries }) =>
    deliveries
      .filter(({ event, state }) => state !== 'delivered' && !(isProgress(event) && isOver(state)))
      .map(({ id, taskId, event, state }) => `${id} (${event} of ${taskId}) is ${state}`),

  'no slot is leaked': ({ tasks }) =>
    tasks
      .filter(({ status, account }) => isTerminal(status) && account !== null)
      .map(({ id, account }) => `${id} has ended and holds a slot of ${account}`),

  'no attempt stays open': ({ attempts, tasks }) => {
    const ended = new Set(tasks.filter(({ status }) => isTerminal(status)).map(({ id }) => id));
    return attempts
      .filter(({ taskId, state }) => ended.has(taskId) && OPEN.has(state))
      .map(({ id, taskId, state }) => `${id} of ${taskId} is ${state}`);
  },

  'nobody waits for a task that has ended': ({ tasks }) =>
    tasks
      .filter(
        ({ status, nextActionAt, dispatchAt }) =>
          isTerminal(status) && (nextActionAt ?? dispatchAt),
      )
      .map(({ id }) => `${id} has ended and is still due`),

  'the outbox is empty': ({ outboxRows }) =>
    outboxRows === 0 ? [] : [`${outboxRows} rows are left in the outbox`],

  'every success has its bytes': ({ tasks, outputs, files }) => {
    const sizes = new Map(files.map(({ key, bytes }) => [key, bytes]));
    const outputsOf = Map.groupBy(outputs, ({ taskId }) => taskId);
    return tasks
      .filter(isWhole)
      .filter(({ status }) => status === 'success')
      .flatMap(({ id }) => {
        const own = outputsOf.get(id) ?? [];
        if (own.length === 0) return [`${id} succeeded without an output`];
        return own
          .filter(({ key, bytes }) => key === null || sizes.get(key) !== bytes)
          .map(
            ({ key, bytes }) =>
              `${id}: ${key} should have ${bytes} bytes, it has ${sizes.get(key ?? '')}`,
          );
      });
  },

  'every file is an output, or is left for the sweep': ({ tasks, outputs, files }) => {
    const known = new Set(outputs.map(({ key }) => key));
    const taskOf = new Map(tasks.map((task) => [task.id.toLowerCase(), task]));
    return files
      .filter(({ key }) => !known.has(key) && !isForTheSweep(key, taskOf))
      .map(({ key }) => `${key} is nobody's`);
  },
  'the money adds up': ({ money }) => money,
} as const satisfies Readonly<Record<string, Invariant>>;

/**
 * What a kill between writing a file and recording it may leave: bytes of a task that failed, and
 * notes (`answer-1`) that the commit made needless.
 */
function isForTheSweep(key: string, taskOf: ReadonlyMap<string, TaskFact>): boolean {
  const [, taskId = '', name = ''] = key.split('/');
  const task = taskOf.get(taskId);
  if (task === undefined) return false;
  const whole = taskOf.get(task.parentId?.toLowerCase() ?? '') ?? task;
  return task.status === 'fail' || whole.status === 'fail' || name.startsWith('answer-');
}

const isWhole = ({ parentId }: TaskFact): boolean => parentId === null;

/** Told once or not at all; the end is what has to come. */
const isProgress = (event: string): boolean =>
  event === 'task.handling' || event === 'task.archiving';
const isOver = (state: string): boolean => state === 'dead' || state === 'skipped';

const OPEN: ReadonlySet<string> = new Set(['submitting', 'submitted', 'seeking']);

const withCallback = (tasks: readonly TaskFact[]): readonly TaskFact[] =>
  tasks.filter(({ callbackUrl }) => callbackUrl !== null);

function countsOf(values: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
