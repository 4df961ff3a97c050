export { OutboxPoke, OutboxPokeListener } from './outbox-poke.js';
export { type QueuedStep, Queues } from './queues.js';
export { type StepHandler, StepWorkers, type StepWorkersOptions } from './step-workers.js';
export { RedisTaskSignals, TaskSignalsListener } from './task-signals.js';
