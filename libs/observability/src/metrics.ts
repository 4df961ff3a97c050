import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** Every metric of the product in one list. No label holds a tenant, an id or a URL. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
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
    auditDropped: new Counter({
      name: 'taskgate_audit_dropped_total',
      help: 'Audit rows lost because Postgres was away for longer than the buffer lasts',
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
