/** What a key may be used for: the pass-through, making tasks, reading. */
export type Scope = 'proxy' | 'tasks' | 'read';

export const SCOPES = ['proxy', 'tasks', 'read'] as const satisfies readonly Scope[];

/** Who is calling, as the key says. */
export interface Identity {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly keyId: string;
  /** What logs and audit rows show of the key. */
  readonly keyPrefix: string;
  readonly scopes: readonly Scope[];
  /** From then on the key is refused; null: never. */
  readonly expiresAt: Date | null;
}
