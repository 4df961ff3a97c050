import { type PlanRemoval, PlanStore, type PlanView, type Policy } from '@app/tenants';
import type { Database } from './database.js';
import { MOVE_EPOCH, PLANS } from './tenants.sql.js';

export class PostgresPlanStore extends PlanStore {
  constructor(private readonly database: Database) {
    super();
  }

  async list(): Promise<readonly PlanView[]> {
    return await this.database.query<PlanRow>(PLANS.list, [null]);
  }

  async find(name: string): Promise<PlanView | null> {
    const [row] = await this.database.query<PlanRow>(PLANS.list, [name]);
    return row ?? null;
  }

  async put(name: string, policy: Policy): Promise<PlanView> {
    return await this.database.transaction(async (client) => {
      const { rows } = await client.query<PlanRow>(PLANS.put, [name, JSON.stringify(policy)]);
      await client.query(MOVE_EPOCH);
      const [row] = rows;
      if (!row) throw new Error('Postgres did not return the plan that it kept');
      return row;
    });
  }

  async remove(name: string): Promise<PlanRemoval> {
    return await this.database.transaction(async (client) => {
      const locked = await client.query(PLANS.lock, [name]);
      if (locked.rowCount === 0) return { outcome: 'unknown' };
      // A tenant that is given the plan meanwhile waits for the lock, and finds that it is gone.
      const { rows } = await client.query<{ tenants: number }>(PLANS.users, [name]);
      const tenants = rows[0]?.tenants ?? 0;
      if (tenants > 0) return { outcome: 'in-use', tenants };
      await client.query(PLANS.remove, [name]);
      await client.query(MOVE_EPOCH);
      return { outcome: 'removed' };
    });
  }
}

type PlanRow = PlanView & { readonly [column: string]: unknown };
