import type { Ring } from './transition.js';

/** Rings at the workers' door. Fails when the queue is away; the rows stay the truth. */
export abstract class Bell {
  abstract ring(rings: readonly Ring[]): Promise<void>;

  /**
   * Those of these overdue rings that nobody will answer: neither they nor the ring that should have
   * come first waits in the queue, and no worker that lives is running one of them.
   */
  abstract lost(rings: readonly Ring[]): Promise<readonly Ring[]>;

  /**
   * Whether the queue was emptied (FLUSHALL, a restart without its data) since `markFilled`: then
   * everything that is due later must be rung again, not only what is overdue.
   */
  abstract isEmptied(): Promise<boolean>;
  /** Everything has been rung again. */
  abstract markFilled(): Promise<void>;
}
