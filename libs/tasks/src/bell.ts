import type { Ring } from './transition.js';

/** Rings at the workers' door. Fails when the queue is away; the rows stay the truth. */
export abstract class Bell {
  abstract ring(rings: readonly Ring[]): Promise<void>;
}
