/** What ends by itself: objects first, then the rows that name them. Each call is one bounded batch. */
export abstract class RetentionStore {
  /** Keys of objects whose output or input expired before `now`, or whose task was erased. */
  abstract expiredObjects(now: Date, limit: number): Promise<readonly string[]>;
  /** Their objects are gone: forgets the rows of inputs and the keys of outputs. */
  abstract forgetObjects(keys: readonly string[]): Promise<void>;
  /** Deletes terminal tasks older than `before` that have no object left, with all that hangs on them. */
  abstract dropTasks(before: Date, limit: number): Promise<number>;
  /**
   * Forgets receivers of callbacks that nothing was sent to since `before` and that nothing waits for; not
   * those that are disabled. Tenants may name as many origins as they like.
   */
  abstract dropReceivers(before: Date, limit: number): Promise<number>;
  /** Forgets whose responses at upstreams are that were made before then, and what they put out. */
  abstract dropResponses(before: Date, limit: number): Promise<number>;
  /** Those of these keys that no row names. */
  abstract unnamed(keys: readonly string[]): Promise<readonly string[]>;
}
