import type { Policy } from './policy.js';

/** What a key may be used for: the pass-through, making tasks, reading. */
export type Scope = 'proxy' | 'tasks' | 'read';

export const SCOPES = ['proxy', 'tasks', 'read'] as const satisfies readonly Scope[];

/** What a tenant itself says of its callbacks. */
export interface CallbackSettings {
  /** For tasks that name none. */
  readonly default?: { readonly url: string; readonly when: 'final' | 'all' };
  /** URLs that the tenant has registered. */
  readonly registered?: readonly string[];
  /** Hosts that its callbacks may go to, as globs (`*.example.com`); all when absent. */
  readonly hosts?: readonly string[];
  /** A task's own URL must have the origin of a registered one, or of the default. */
  readonly onlyRegistered?: boolean;
}

/** Who is calling, as the key says. */
/** What a key lets its caller do, and until when. */
export type KeyRights = Pick<Identity, 'scopes' | 'policy' | 'keyPolicy' | 'expiresAt'>;

export interface Identity {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly keyId: string;
  /** What logs and audit rows show of the key. */
  readonly keyPrefix: string;
  readonly scopes: readonly Scope[];
  /** The tenant's, over its plan's. */
  readonly policy: Policy;
  /** The key's own, which must hold as well. */
  readonly keyPolicy: Policy;
  readonly callbacks: CallbackSettings;
  /** From then on the key is refused; null: never. */
  readonly expiresAt: Date | null;
}
