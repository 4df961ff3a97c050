import { setImmediate } from 'node:timers/promises';
import { ulid } from 'ulid';
import { BoundedCache } from './bounded-cache.js';
import type { Keyring, SealContext } from './keyring.js';
import type { SealedSecret, TenantStore } from './tenant.store.js';

export interface CallbackSecretsOptions {
  /** Makes a fresh secret (`whsec_…`). */
  readonly generate: () => string;
  /** Throws, without naming it, when a secret is empty, short or no secret: none such is sealed or given out. */
  readonly check: (secret: string) => unknown;
  /** A tenant's secrets are there and cannot be used: MASTER_KEY was changed, or a row was. A person must act. */
  readonly onUnusable?: (tenantId: string, error: unknown) => void;
  readonly now?: () => Date;
}

/** A header has room for so many signatures; at the bound the oldest secret stops signing. */
const MAX_SECRETS = 10;

/** Opening takes longer than signing does. */
const MAX_OPENED = 10_000;

interface Opened {
  readonly box: Buffer;
  readonly secret: string;
}

/** The secrets that tenants' callbacks are signed with: of each one current, and those in their grace. */
export class CallbackSecrets {
  private readonly now: () => Date;
  private readonly opened = new BoundedCache<Opened>(MAX_OPENED);
  private nextLook: Look | null = null;
  private readonly firstOnes = new Map<string, Promise<void>>();

  constructor(
    private readonly store: TenantStore,
    private readonly keyring: () => Keyring,
    private readonly options: CallbackSecretsOptions,
  ) {
    this.now = options.now ?? (() => new Date());
  }

  /**
   * Secrets in force, newest first, never empty: the first is made when it is first asked for. A rotation
   * is seen by whoever asks after it.
   * @throws Error when one of them cannot be opened; the secret is not shown
   */
  async secretsOf(tenantId: string): Promise<readonly [string, ...string[]]> {
    const [newest, ...older] = await this.unexpired(tenantId);
    if (newest) return this.openAll(newest, older);
    await this.addFirst(tenantId);
    const [first] = await this.unexpired(tenantId);
    if (!first) throw new Error(`The callback secret of tenant ${tenantId} was not kept.`);
    return this.openAll(first, []);
  }

  /** The newest secret: what a tenant verifies with. */
  async current(tenantId: string): Promise<string> {
    const [newest] = await this.secretsOf(tenantId);
    return newest;
  }

  /**
   * Puts a fresh secret in front and returns it. Those before it sign too for the grace, none longer than
   * it had: a rotation without grace ends all of them.
   */
  async rotate(tenantId: string, graceSeconds: number): Promise<string> {
    const { row, secret } = this.make(tenantId);
    const retireAt = new Date(row.createdAt.getTime() + graceSeconds * 1000);
    await this.store.replaceCallbackSecret(row, retireAt, MAX_SECRETS);
    return secret;
  }

  private async unexpired(tenantId: string): Promise<readonly SealedSecret[]> {
    this.nextLook ??= this.look();
    this.nextLook.tenantIds.add(tenantId);
    const kept = (await this.nextLook.found).get(tenantId) ?? [];
    const now = this.now();
    return kept.filter(({ expiresAt }) => !expiresAt || expiresAt > now).slice(0, MAX_SECRETS);
  }

  /** Whoever asks in the same turn of the event loop is answered by one statement, which begins after it. */
  private look(): Look {
    const tenantIds = new Set<string>();
    const find = async () => {
      await setImmediate();
      this.nextLook = null;
      return Map.groupBy(
        await this.store.callbackSecrets([...tenantIds]),
        ({ tenantId }) => tenantId,
      );
    };
    return { tenantIds, found: find() };
  }

  /** Many callbacks of a new tenant ask at once: one statement for all of them. */
  private async addFirst(tenantId: string): Promise<void> {
    const adding =
      this.firstOnes.get(tenantId) ??
      this.store
        .addFirstCallbackSecret(this.make(tenantId).row)
        .finally(() => this.firstOnes.delete(tenantId));
    this.firstOnes.set(tenantId, adding);
    await adding;
  }

  private make(tenantId: string): { readonly row: SealedSecret; readonly secret: string } {
    const createdAt = this.now();
    const id = `cs_${ulid(createdAt.getTime())}`;
    const secret = this.options.generate();
    this.options.check(secret);
    const sealed = this.keyring().seal(contextOf(tenantId, id), secret);
    return { row: { id, tenantId, createdAt, expiresAt: null, ...sealed }, secret };
  }

  private openAll(newest: SealedSecret, older: readonly SealedSecret[]): [string, ...string[]] {
    try {
      return [this.open(newest), ...older.map((secret) => this.open(secret))];
    } catch (error) {
      this.options.onUnusable?.(newest.tenantId, error);
      throw error;
    }
  }

  private open(row: SealedSecret): string {
    const known = this.opened.get(row.id);
    if (known?.box.equals(row.box)) return known.secret;
    const secret = this.keyring().open(contextOf(row.tenantId, row.id), row);
    this.options.check(secret);
    this.opened.set(row.id, { box: Buffer.from(row.box), secret });
    return secret;
  }
}

interface Look {
  readonly tenantIds: Set<string>;
  readonly found: Promise<ReadonlyMap<string, readonly SealedSecret[]>>;
}

/** The tenant belongs to the place: a row that is given to another tenant does not open. */
const contextOf = (tenantId: string, id: string): SealContext => ({
  purpose: 'callback-secret',
  rowId: `${tenantId}/${id}`,
});
