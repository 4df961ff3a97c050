import {
  type AdminAction,
  type AdminActionPage,
  AdminActionStore,
  chain,
  type ChainedAction,
  EMPTY_CHAIN,
} from '../admins/admin-action.js';

/** For tests of what is above the store. */
export class InMemoryAdminActionStore extends AdminActionStore {
  readonly rows: ChainedAction[] = [];
  /** Set: appending fails with it. */
  failure: Error | null = null;

  async append(action: AdminAction): Promise<ChainedAction> {
    await Promise.resolve();
    if (this.failure) throw this.failure;
    const row = chain(action, this.rows.at(-1) ?? EMPTY_CHAIN);
    this.rows.push(row);
    return row;
  }

  async list(before: number | null, limit: number): Promise<AdminActionPage> {
    const older = this.rows.filter(({ seq }) => before === null || seq < before).toReversed();
    const actions = older.slice(0, limit);
    const next = older.length > limit ? (actions.at(-1)?.seq ?? null) : null;
    return await Promise.resolve({ actions, before: next });
  }
}
