import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Every metric of the product in one list. No label holds a tenant, an id or a URL. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    ...engineMetrics(registers),
    ...receiverMetrics(registers),
    ...callbackMetrics(registers),
    requests: new Histogram({
      name: 'taskgate_request_seconds',
      help: 'HTTP requests by face and status',
      labelNames: ['face', 'status'] as const,
      registers,
    }),
    steps: new Histogram({
      name: 'taskgate_step_seconds',
      help: 'Steps of tasks run by this worker, by step and outcome',
      labelNames: ['step', 'outcome'] as const,
      registers,
    }),
    tasksFinished: new Counter({
      name: 'taskgate_tasks_finished_total',
      help: 'Tasks that became terminal in this worker, by model and result',
      labelNames: ['model', 'result'] as const,
      registers,
    }),
    reconciled: new Counter({
      name: 'taskgate_reconciled_total',
      help: 'Rows that the safety net had to ring again; should stay near zero',
      labelNames: ['step'] as const,
      registers,
    }),
    relayed: new Counter({
      name: 'taskgate_relayed_total',
      help: 'Outbox rows handed to the queue, by step',
      labelNames: ['step'] as const,
      registers,
    }),
    authFailures: new Counter({
      name: 'taskgate_auth_failures_total',
      help: 'Calls without a key that is in force, by face and by what was wrong with it',
      labelNames: ['face', 'reason'] as const,
      registers,
    }),
    auditDropped: new Counter({
      name: 'taskgate_audit_dropped_total',
      help: 'Audit rows lost because Postgres was away for longer than the buffer lasts',
      registers,
    }),
    limitsLocal: new Gauge({
      name: 'taskgate_limits_local',
      help: 'Whether this process counts limits alone, because Redis is away: 0 no, 1 yes',
      registers,
    }),
    secretsUnusable: new Counter({
      name: 'taskgate_secrets_unusable_total',
      help: 'Callbacks that were not sent because a signing secret of their tenant cannot be opened',
      registers,
    }),
  };
}

/** The task engine: slots, lines, breakers, and what its safety nets caught. */
function engineMetrics(registers: Registry[]) {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `taskgate_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string) =>
    new Counter({ name: `taskgate_${name}_total`, help, registers });
  const byProvider = ['provider'] as const;
  return {
    slotsInUse: gauge('slots_in_use', 'Jobs at a vendor, or on their way to it', byProvider),
    slotsLimit: gauge('slots_limit', 'Jobs that a vendor is sent at once, by now', byProvider),
    waiting: gauge('tasks_waiting', 'Tasks that wait for a slot', byProvider),
    oldestWaiting: gauge(
      'oldest_waiting_seconds',
      'How long the first of the tasks that wait has waited',
      byProvider,
    ),
    breakerState: gauge(
      'breaker_state',
      "Breaker of a vendor's model: 0 closed, 1 half-open, 2 open",
      ['provider', 'model'],
    ),
    accountTrouble: gauge(
      'vendor_account_trouble',
      "Whether a vendor refuses an account of the gateway's: 0 no, 1 for some models, 2 altogether",
      ['provider', 'account'],
    ),
    outboxLag: gauge('outbox_lag_seconds', 'Age of the oldest ring in the outbox', []),
    checkLag: gauge('check_lag_seconds', 'How late the first due check is', []),
    looks: counter('job_looks', "Looks at vendors' jobs"),
    refills: counter('refills', 'Times that an emptied Redis was filled again, a new one too'),
    refilled: counter('refilled', "Vendors' jobs that were rung again into an emptied Redis"),
    objectsExpired: counter('objects_expired', 'Objects deleted because their time was over'),
    orphansDeleted: counter('orphans_deleted', 'Objects deleted because no row named them'),
    recoveredSubmits: counter(
      'recovered_submits',
      'Submits whose answer was lost and whose job was found, or found never to have begun',
    ),
    ambiguousSubmits: counter(
      'ambiguous_submits',
      'Submits of which nobody could find out whether the vendor took them',
    ),
  };
}

/** Callbacks over all workers, read from rows: every worker shows the same. */
function receiverMetrics(registers: Registry[]) {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `taskgate_${name}`, help, labelNames, registers });
  return {
    callbackReceivers: gauge(
      'callback_receivers',
      'Receivers of callbacks that fail, are left alone for a while, or for good',
      ['state'],
    ),
    callbacksWaiting: gauge('callbacks_waiting', 'Callbacks that are due or to come', []),
    oldestCallback: gauge(
      'oldest_callback_seconds',
      'For how long the first of the callbacks that are due has been so',
      [],
    ),
    callbacksLate: gauge(
      'callbacks_late_seconds',
      'How late workers are with the first callback that may be sent',
      [],
    ),
  };
}

/** Callbacks, as this worker sends them. */
function callbackMetrics(registers: Registry[]) {
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ) => new Counter({ name: `taskgate_callback${name}_total`, help, labelNames, registers });
  return {
    callbackAttempts: counter('_attempts', 'Attempts to send a callback, by what came of them', [
      'outcome',
    ]),
    callbackLag: new Histogram({
      name: 'taskgate_callback_lag_seconds',
      help: 'From the end of a task to the first attempt to tell of it',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    }),
    callbacksInFlight: new Gauge({
      name: 'taskgate_callbacks_in_flight',
      help: 'Attempts under way in this worker, and those that are not recorded yet',
      registers,
    }),
    callbacksInterrupted: counter(
      '_interrupted',
      'Deliveries whose last attempt was not recorded before its lease ended; each may have been sent twice',
    ),
    callbacksUnsent: counter(
      's_unsent',
      'Callbacks that ended without an attempt, by their state',
      ['state'],
    ),
    callbacksDead: counter('s_dead', 'Callbacks given up after an attempt'),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
