import { GatewayError } from '@app/errors';
import { type Admin, type AdminIdentity, AdminStore, type NewAdminRow } from '../admins/admin.js';

/** For tests of what is above the store. */
export class InMemoryAdminStore extends AdminStore {
  private readonly rows = new Map<string, Admin & { readonly digest: Buffer }>();
  private moves = 0;
  /** Look-ups that were made. */
  lookUps = 0;

  async findAdmin(digest: Buffer): Promise<AdminIdentity | null> {
    this.lookUps += 1;
    await Promise.resolve();
    const row = [...this.rows.values()].find(
      (one) => one.digest.equals(digest) && one.revokedAt === null,
    );
    return row ? { id: row.id, name: row.name, role: row.role, expiresAt: row.expiresAt } : null;
  }

  async epoch(): Promise<string> {
    return await Promise.resolve(String(this.moves));
  }

  async create(admin: NewAdminRow): Promise<void> {
    await Promise.resolve();
    const isTaken = [...this.rows.values()].some(
      ({ name, revokedAt }) => name === admin.name && revokedAt === null,
    );
    if (isTaken) {
      const message = `An admin named "${admin.name}" exists already.`;
      throw new GatewayError('INVALID_REQUEST', message, { param: 'name' });
    }
    this.rows.set(admin.id, { ...admin, revokedAt: null });
  }

  async list(): Promise<readonly Admin[]> {
    return await Promise.resolve([...this.rows.values()].map(({ digest: _, ...row }) => row));
  }

  async revoke(id: string): Promise<boolean> {
    await Promise.resolve();
    const row = this.rows.get(id);
    if (!row) return false;
    if (row.revokedAt === null) {
      this.rows.set(id, { ...row, revokedAt: new Date() });
      this.moves += 1;
    }
    return true;
  }
}
