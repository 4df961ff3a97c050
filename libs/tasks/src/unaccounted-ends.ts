/**
 * Ends of tasks that the ledger was not told of: a process of a version before ended them. This
 * version tells it in the statement that ends a task, so there are none but during a deploy.
 */
export abstract class UnaccountedEnds {
  /** Tells the ledger what the end would have told it. How many tasks that were; several may do it at once. */
  abstract account(limit: number): Promise<number>;
}
