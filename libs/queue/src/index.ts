export { CheckRates, type RateVerdict } from './check-rates.js';
export { OutboxPoke, OutboxPokeListener } from './outbox-poke.js';
export { type QueuedStep, Queues } from './queues.js';
export { RedisDueChecks } from './redis-due-checks.js';
export { type StepHandler, StepWorkers, type StepWorkersOptions } from './step-workers.js';
export { RedisTaskSignals, TaskSignalsListener } from './task-signals.js';
