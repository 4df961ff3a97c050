/** What a key may be used for: the pass-through, making tasks, reading. */
export type Scope = 'proxy' | 'tasks' | 'read';

export const SCOPES = ['proxy', 'tasks', 'read'] as const satisfies readonly Scope[];

/** What a tenant may take of the task engine; whatever is absent is not limited. */
export interface Policy {
  /** Share among tenants where a vendor's slots are short; 1 when absent. More than 0, at most 1000. */
  readonly weight?: number;
  /** Tasks at vendors at once. */
  readonly maxConcurrentTasks?: number;
  /** Unfinished tasks. */
  readonly maxQueuedTasks?: number;
  /** Hosts that callbacks may go to, as globs (`*.example.com`); all when absent. */
  readonly callbackHosts?: readonly string[];
}

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
export interface Identity {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly keyId: string;
  /** What logs and audit rows show of the key. */
  readonly keyPrefix: string;
  readonly scopes: readonly Scope[];
  readonly policy: Policy;
  readonly callbacks: CallbackSettings;
  /** From then on the key is refused; null: never. */
  readonly expiresAt: Date | null;
}
