import type { Usage } from '@app/providers';
import { type AccountedTask, holdOf, isFinal, transfersAtEnd } from '@app/tasks';
import { ACCOUNTED_PARTS, ACCOUNTED_TASKS, TOLD_OF_TASKS } from './verify-ledger.sql.js';

export const TASKS_CHECK = 'tasks have the transfers that their rows demand, and no others';

type Ask = <Row>(text: string, values: readonly unknown[]) => Promise<Row[]>;

interface TaskDifference {
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

/** A row of tasks as the statements give it; sums as text. */
interface TaskRow extends Omit<AccountedTask, 'usage' | 'hold' | 'part' | 'createdAt'> {
  readonly unit: Usage['unit'] | null;
  readonly quantity: number | null;
  readonly cost: string | null;
  readonly isEstimated: boolean;
  readonly held: string | null;
  readonly priceVersion: string | null;
  readonly createdAt: Date;
  readonly accounted: boolean;
  readonly parentId: string | null;
  readonly part: number | null;
  readonly partResults: number | null;
}

interface Told {
  readonly subject: string;
  readonly kind: string;
  readonly tenantId: string;
  readonly keyId: string | null;
  readonly amount: string | null;
}

/** Every task that is still there, in batches; `show` gets the first differences. */
export async function checkTasks(
  ask: Ask,
  show: (difference: TaskDifference) => void,
  shown: number,
): Promise<{ looked: number; differences: number }> {
  let [after, looked, differences] = ['', 0, 0];
  for (;;) {
    const rows = await ask<TaskRow>(ACCOUNTED_TASKS, [after, BATCH]);
    looked += rows.length;
    for (const difference of await differencesOf(ask, rows)) {
      differences += 1;
      if (differences <= shown) show(difference);
    }
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return { looked, differences };
    after = last.id;
  }
}

const BATCH = 500;

async function differencesOf(ask: Ask, rows: readonly TaskRow[]): Promise<TaskDifference[]> {
  const ids = rows.map(({ id }) => id);
  const parts = Map.groupBy(
    await ask<TaskRow>(ACCOUNTED_PARTS, [ids]),
    ({ parentId }) => parentId ?? '',
  );
  const partIds = [...parts.values()].flat().map(({ id }) => id);
  const told = Map.groupBy(
    await ask<Told>(TOLD_OF_TASKS, [[...ids, ...partIds]]),
    ({ subject }) => subject,
  );
  const seen = (id: string): string => toText((told.get(id) ?? []).map(asText));
  const tasks = rows.map((row) => ({
    subject: row.id,
    expected: toText(demanded(row, (parts.get(row.id) ?? []).map(toTask))),
    found: seen(row.id),
  }));
  const ofParts = partIds.map((id) => ({ subject: id, expected: toText([]), found: seen(id) }));
  return [...tasks, ...ofParts].filter(({ expected, found }) => expected !== found);
}

/** What the ledger must have of a task. One that a version before the ledger ended has what it held, at most. */
function demanded(row: TaskRow, parts: readonly AccountedTask[]): string[] {
  const task = toTask(row);
  const hold = holdOf(task);
  const held = hold ? [hold] : [];
  const end =
    isFinal(task.status) && row.accounted ? transfersAtEnd(task, parts, task.createdAt) : [];
  return [...held, ...end].map(({ amountNanoUsd: amount, ...transfer }) =>
    asText({ ...transfer, amount: amount === null ? null : String(amount) }),
  );
}

const asText = ({ kind, amount, tenantId, keyId }: Omit<Told, 'subject'>): string =>
  `${kind} ${amount ?? 'of unknown amount'} (${tenantId} ${keyId ?? 'no key'})`;

const toText = (transfers: readonly string[]): string =>
  transfers.length === 0 ? 'nothing' : transfers.toSorted().join(', ');

function toTask(row: TaskRow): AccountedTask {
  const { unit, quantity, cost, isEstimated, held, priceVersion } = row;
  return {
    ...row,
    usage:
      unit === null || quantity === null
        ? null
        : {
            unit,
            quantity,
            costNanoUsd: cost === null ? null : Number(cost),
            ...(isEstimated && { isEstimated }),
          },
    hold: held === null || priceVersion === null ? null : { nanoUsd: Number(held), priceVersion },
    part:
      row.parentId === null
        ? null
        : { parentId: row.parentId, index: row.part ?? 0, results: row.partResults ?? 1 },
  };
}
