import { ulid } from 'ulid';
import { keyDigest, keyPrefix, newAdminToken } from '../tenant-key.js';
import type { AdminRole, NewAdminRow } from './admin.js';

export interface IssueAdminInput {
  readonly name: string;
  readonly role: AdminRole;
  readonly expiresAt: Date | null;
  readonly createdBy: string;
  readonly pepper: Buffer;
  readonly now: Date;
}

/** A fresh admin token and the row that stands for it. The token is shown once and kept nowhere. */
export function issueAdmin({ pepper, now, ...fields }: IssueAdminInput): {
  readonly token: string;
  readonly row: NewAdminRow;
} {
  const token = newAdminToken();
  const row = {
    id: `adm_${ulid(now.getTime())}`,
    ...fields,
    prefix: keyPrefix(token),
    createdAt: now,
    digest: keyDigest(pepper, token),
  };
  return { token, row };
}
