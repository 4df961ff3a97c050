/** What an admin may do: everything, or read. */
export type AdminRole = 'operator' | 'viewer';

export const ADMIN_ROLES = ['operator', 'viewer'] as const satisfies readonly AdminRole[];

/** Who calls `/admin/*`. */
export interface AdminIdentity {
  /** `adm_…`; of the holder of ADMIN_TOKEN, that name. */
  readonly id: string;
  readonly name: string;
  readonly role: AdminRole;
  /** From then on the token is refused; null: never. */
  readonly expiresAt: Date | null;
}

/** What the audit calls whoever has ADMIN_TOKEN; nobody else may be called so. */
export const ROOT_ADMIN = {
  id: 'ADMIN_TOKEN',
  name: 'ADMIN_TOKEN',
  role: 'operator',
  expiresAt: null,
} as const satisfies AdminIdentity;

/** A named token as lists show it; the token itself is shown once, when it is made. */
export interface Admin extends AdminIdentity {
  readonly prefix: string;
  /** The name of who made it. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

export type NewAdminRow = Omit<Admin, 'revokedAt'> & { readonly digest: Buffer };

/** Rows of named admin tokens. Every change that takes one away moves the epoch in the same commit. */
export abstract class AdminStore {
  /** The token with this digest, unless it is revoked. Expired ones are returned: the clock is the caller's. */
  abstract findAdmin(digest: Buffer): Promise<AdminIdentity | null>;
  /** Changes whenever a token that was found before may not be found any more. */
  abstract epoch(): Promise<string>;
  /** @throws GatewayError INVALID_REQUEST with param `name` while another token has the name */
  abstract create(admin: NewAdminRow): Promise<void>;
  /** Revoked ones too, oldest first. */
  abstract list(): Promise<readonly Admin[]>;
  /** False when there is no such token; revoking again changes nothing and is true. */
  abstract revoke(id: string): Promise<boolean>;
}
