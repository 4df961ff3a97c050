import { GatewayError } from '@app/errors';
import {
  type Admin,
  type AdminIdentity,
  type AdminRole,
  AdminStore,
  type NewAdminRow,
} from '@app/tenants';
import type { Database } from './database.js';
import { MOVE_EPOCH } from './tenants.sql.js';

export class PostgresAdminStore extends AdminStore {
  constructor(private readonly database: Database) {
    super();
  }

  async findAdmin(digest: Buffer): Promise<AdminIdentity | null> {
    const [row] = await this.database.query<AdminIdentity & { [column: string]: unknown }>(
      `SELECT id, name, role, expires_at AS "expiresAt" FROM admins WHERE digest = $1 AND revoked_at IS NULL`,
      [digest],
    );
    return row ?? null;
  }

  /** The same that tenants' keys have: one number tells of every right that was taken away. */
  async epoch(): Promise<string> {
    const [row] = await this.database.query<{ epoch: string }>(
      'SELECT identity_epoch::text AS epoch FROM instance WHERE id = 1',
      [],
    );
    return row?.epoch ?? '';
  }

  async create(admin: NewAdminRow): Promise<void> {
    const made = await this.database.query(
      `INSERT INTO admins (id, name, role, prefix, digest, created_by, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING RETURNING id`,
      [
        admin.id,
        admin.name,
        admin.role,
        admin.prefix,
        admin.digest,
        admin.createdBy,
        admin.createdAt,
        admin.expiresAt,
      ],
    );
    if (made.length > 0) return;
    throw new GatewayError('INVALID_REQUEST', `An admin named "${admin.name}" exists already.`, {
      param: 'name',
    });
  }

  async list(): Promise<readonly Admin[]> {
    const rows = await this.database.read(
      async (prisma) =>
        await prisma.adminToken.findMany({
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
          omit: { digest: true },
        }),
    );
    // Only this lib writes the column, from values of this type, and a CHECK holds it.
    return rows.map((row) => ({ ...row, role: row.role as AdminRole }));
  }

  async revoke(id: string): Promise<boolean> {
    return await this.database.transaction(async (client) => {
      const found = await client.query('SELECT FROM admins WHERE id = $1 FOR UPDATE', [id]);
      if (found.rowCount === 0) return false;
      const revoked = await client.query(
        'UPDATE admins SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL',
        [id],
      );
      if (revoked.rowCount) await client.query(MOVE_EPOCH);
      return true;
    });
  }
}
