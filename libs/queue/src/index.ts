export { OutboxPoke, OutboxPokeListener } from './outbox-poke.js';
export { Queues } from './queues.js';
export { type StepHandler, StepWorkers, type StepWorkersOptions } from './step-workers.js';
