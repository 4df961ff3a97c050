import { type InputObject, InputStore } from '@app/tasks';
import type { Database } from './database.js';

export class PostgresInputStore extends InputStore {
  constructor(private readonly database: Database) {
    super();
  }

  async add(input: InputObject): Promise<void> {
    await this.database.query(
      `INSERT INTO inputs (id, tenant_id, key, mime, bytes, sha256, created_at, expire_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        input.id,
        input.tenantId,
        input.key,
        input.mime,
        input.bytes,
        input.sha256,
        input.createdAt,
        input.expireAt,
      ],
    );
  }

  async find(tenantId: string, inputId: string, now: Date): Promise<InputObject | null> {
    return await this.first({ id: inputId, tenantId, expireAt: { gt: now } });
  }

  async findLinked(inputId: string, now: Date): Promise<InputObject | null> {
    return await this.first({ id: inputId, expireAt: { gt: now } });
  }

  private async first(where: InputFilter): Promise<InputObject | null> {
    const row = await this.database.read(
      async (prisma) => await prisma.inputObject.findFirst({ where }),
    );
    return row && { ...row, bytes: Number(row.bytes) };
  }
}

interface InputFilter {
  readonly id: string;
  readonly tenantId?: string;
  readonly expireAt: { readonly gt: Date };
}
