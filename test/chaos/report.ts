import { isTerminal } from './audit.js';
import type { ChaosResult } from './chaos-run.js';

const SHOWN_OFFENCES = 10;

/** What a person reads after a run. Pure. */
export function reportOf({
  options,
  verdicts,
  facts,
  log,
  done,
  unexpectedEnds,
  settledMs,
}: ChaosResult): string {
  const passed = verdicts.filter(({ offences }) => offences.length === 0).length;
  const outcomes = facts.tasks.map(({ status, errorCode }) =>
    isTerminal(status) ? (errorCode ?? status) : `unfinished (${status})`,
  );
  const trouble = done.map((line) => line.replace(/^\S+ s (\S+).*$/, '$1'));
  const ids = new Set(facts.callbacks.map(({ webhookId }) => webhookId));
  const settled = settledMs === null ? 'never settled' : `settled after ${seconds(settledMs)}`;
  return [
    `seed ${options.seed}: ${options.tasks} orders over ${seconds(options.durationMs)}, ${options.apis} APIs, ${options.workers} workers`,
    `trouble: ${counted(trouble)}`,
    `orders: ${log.orders.length}, of them ${log.orders.filter(({ answered }) => answered.length > 0).length} acknowledged; ${log.resent} creates sent again, ${log.replayed} answered with the first task`,
    `tasks: ${facts.tasks.length}: ${counted(outcomes)}`,
    `vendors: ${facts.submits.length} paid submits, ${facts.attempts.length} attempts`,
    `callbacks: ${facts.callbacks.length} received, ${facts.callbacks.length - ids.size} of them repeats`,
    settled,
    ...log.complaints.slice(0, SHOWN_OFFENCES).map((line) => `  refused: ${line}`),
    ...unexpectedEnds.map((line) => `  ${line}`),
    ...verdicts.flatMap(({ invariant, offences }) => [
      `${offences.length === 0 ? 'passed' : 'FAILED'}  ${invariant}${offences.length > 0 ? `: ${offences.length} times` : ''}`,
      ...offences.slice(0, SHOWN_OFFENCES).map((offence) => `        ${offence}`),
    ]),
    `${passed} passed, ${verdicts.length - passed} failed`,
    '',
  ].join('\n');
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** `3 kill-api, 1 redis-away` */
function counted(values: readonly string[]): string {
  return [...Map.groupBy(values, (value) => value)]
    .map(([value, all]) => `${all.length} ${value}`)
    .toSorted((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))
    .join(', ');
}
