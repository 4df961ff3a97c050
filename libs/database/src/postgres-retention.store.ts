import { RetentionStore } from '@app/tasks';
import type { Database } from './database.js';
import {
  DROP_RECEIVERS,
  DROP_RESPONSES,
  DROP_TASKS,
  EXPIRED_OBJECTS,
  FORGET_OBJECTS,
  UNNAMED,
} from './retention.sql.js';

export class PostgresRetentionStore extends RetentionStore {
  constructor(private readonly database: Database) {
    super();
  }

  async expiredObjects(now: Date, limit: number): Promise<readonly string[]> {
    return await this.keys(EXPIRED_OBJECTS, [now, limit]);
  }

  async forgetObjects(keys: readonly string[]): Promise<void> {
    await this.database.query(FORGET_OBJECTS, [keys]);
  }

  async dropTasks(before: Date, limit: number): Promise<number> {
    return (await this.database.query(DROP_TASKS, [before, limit])).length;
  }

  async dropReceivers(before: Date, limit: number): Promise<number> {
    return (await this.database.query(DROP_RECEIVERS, [before, limit])).length;
  }

  async dropResponses(before: Date, limit: number): Promise<number> {
    return (await this.database.query(DROP_RESPONSES, [before, limit])).length;
  }

  async unnamed(keys: readonly string[]): Promise<readonly string[]> {
    return await this.keys(UNNAMED, [keys]);
  }

  private async keys(text: string, values: readonly unknown[]): Promise<readonly string[]> {
    const rows = await this.database.query<{ key: string }>(text, values);
    return rows.map(({ key }) => key);
  }
}
