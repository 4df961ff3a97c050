import type { Usage } from '@app/providers';
import {
  type ChargedUsage,
  NO_USAGE,
  type Transfer,
  type TransferKind,
  type UsageSource,
} from '@app/tenants';
import { sumUsage } from './sum-usage.js';
import type { Task } from './task.js';

/*
 * What the ledger is told of a task. A part tells nothing: its parent does, for all of them.
 *
 * | the task | release | charge | lost |
 * | --- | --- | --- | --- |
 * | succeeds | what was held | what the calls that brought something came to | calls that may be charged and brought nothing |
 * | fails, is canceled | what was held | – | the same, and what the vendor made that its tenant does not get |
 */

/** What of a task its transfers follow from. */
export type AccountedTask = Pick<
  Task,
  | 'id'
  | 'tenantId'
  | 'keyId'
  | 'model'
  | 'provider'
  | 'status'
  | 'usage'
  | 'pricedBy'
  | 'lostCalls'
  | 'hold'
  | 'part'
  | 'createdAt'
>;

/** What is kept back for a task until its end; null: nothing, or it is a part. */
export function holdOf(task: AccountedTask): Transfer | null {
  const { hold, part, createdAt } = task;
  if (!hold || part) return null;
  const transfer = transferOf(task, 'hold', createdAt);
  return { ...transfer, amountNanoUsd: hold.nanoUsd, priceVersion: hold.priceVersion };
}

/** What the end of a task tells. `calls`: its parts, all of them; none of a task that is one call. */
export function transfersAtEnd(
  task: AccountedTask,
  calls: readonly AccountedTask[],
  at: Date,
): readonly Transfer[] {
  if (task.part) return [];
  const held = holdOf(task);
  const release: Transfer[] = held ? [{ ...held, kind: 'release', at }] : [];
  const charge = task.status === 'success' ? [chargeOf(task, at)] : [];
  const lost = lossOf(task, calls);
  return [...release, ...charge, ...(lost ? [{ ...transferOf(task, 'lost', at), ...lost }] : [])];
}

/** A task of one call that has succeeded, with what it costs: the vendor's figure, else what was held for it. */
export const settled = <T extends AccountedTask>(task: T): T => ({
  ...task,
  ...costOr(task, task.hold?.nanoUsd ?? null, task.hold?.priceVersion),
});

/** The same of several calls: those that brought something, each by its vendor's figure or its share of the hold. */
export function settledCalls(
  task: AccountedTask,
  calls: readonly AccountedTask[],
): Pick<Task, 'usage' | 'pricedBy'> {
  const won = calls.filter(({ status }) => status === 'success');
  const costs = won.map((call) =>
    costOr(call, shareOf(call, task, calls), task.hold?.priceVersion),
  );
  const [first, ...others] = costs.flatMap(({ usage }) => usage ?? []);
  const pricedBy = costs.find((cost) => cost.pricedBy !== null)?.pricedBy ?? null;
  return { usage: first ? others.reduce(sumUsage, first) : null, pricedBy };
}

function costOr(
  { usage, pricedBy }: AccountedTask,
  estimate: number | null,
  version: string | undefined,
): Pick<Task, 'usage' | 'pricedBy'> {
  if (!usage || usage.costNanoUsd !== null || estimate === null) return { usage, pricedBy };
  const estimated = { ...usage, costNanoUsd: estimate, isEstimated: true } as const;
  return { usage: estimated, pricedBy: version ?? null };
}

function chargeOf(task: AccountedTask, at: Date): Transfer {
  const { usage, pricedBy } = task;
  return {
    ...transferOf(task, 'charge', at),
    amountNanoUsd: usage?.costNanoUsd ?? null,
    priceVersion: pricedBy,
    usage: chargedUsage(usage),
  };
}

/** What a vendor charged, or may have, for what no tenant pays; null: nothing. */
function lossOf(
  task: AccountedTask,
  calls: readonly AccountedTask[],
): Pick<Transfer, 'amountNanoUsd' | 'priceVersion' | 'usage'> | null {
  const losses = (calls.length > 0 ? calls : [task]).flatMap((call) => {
    const estimate = calls.length > 0 ? shareOf(call, task, calls) : (task.hold?.nanoUsd ?? null);
    const unseen = Array.from({ length: call.lostCalls }, () => estimate);
    const made = task.status === 'fail' || call.status === 'fail' ? call.usage : null;
    return [...unseen, ...(made ? [made.costNanoUsd ?? estimate] : [])].map((nanoUsd) => ({
      nanoUsd,
      isVendors: made !== null && made.costNanoUsd === nanoUsd && !made.isEstimated,
    }));
  });
  if (losses.length === 0) return null;
  const amountNanoUsd = losses.reduce<number | null>(
    (sum, { nanoUsd }) => (sum === null || nanoUsd === null ? null : sum + nanoUsd),
    0,
  );
  const isVendors = losses.every((loss) => loss.isVendors);
  return {
    amountNanoUsd,
    priceVersion: task.hold?.priceVersion ?? task.pricedBy,
    usage: { ...NO_USAGE, source: sourceOf(amountNanoUsd, isVendors) },
  };
}

const sourceOf = (amount: number | null, isVendors: boolean): UsageSource => {
  if (amount === null) return 'none';
  return isVendors ? 'provider' : 'estimated';
};

/** Of what is held for a task, as much as one of its calls brings of the results. */
function shareOf(
  call: AccountedTask,
  { hold }: AccountedTask,
  calls: readonly AccountedTask[],
): number | null {
  if (!hold) return null;
  const results = (one: AccountedTask): number => one.part?.results ?? 1;
  const all = calls.reduce((sum, one) => sum + results(one), 0);
  return Math.floor((hold.nanoUsd * results(call)) / all);
}

/** Tokens of films are what comes out; of the others the unit is a count of what the tenant gets. */
function chargedUsage(usage: Usage | null): ChargedUsage {
  if (!usage) return NO_USAGE;
  const { unit, quantity, isEstimated } = usage;
  const source = isEstimated ? 'estimated' : 'provider';
  if (unit === 'token') return { ...NO_USAGE, source, tokensOut: Math.round(quantity) };
  return { ...NO_USAGE, source, unit, quantity };
}

const transferOf = (task: AccountedTask, kind: TransferKind, at: Date): Transfer => ({
  subject: task.id,
  kind,
  tenantId: task.tenantId,
  keyId: task.keyId,
  model: task.model,
  provider: task.provider,
  amountNanoUsd: null,
  priceVersion: null,
  at,
  usage: null,
  owner: null,
});
