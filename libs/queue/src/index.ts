export { OutboxPoke, OutboxPokeListener } from './outbox-poke.js';
export { type QueuedStep, Queues } from './queues.js';
export { type StepHandler, StepWorkers, type StepWorkersOptions } from './step-workers.js';
export { RedisTaskSignals, TaskSignalsListener } from './task-signals.js';
export type { PendingFacts } from './limits/pending-facts.js';
export { RedisBudgetMirror } from './limits/redis-budget-mirror.js';
export { RedisLimiter, type RedisLimiterOptions } from './limits/redis-limiter.js';
