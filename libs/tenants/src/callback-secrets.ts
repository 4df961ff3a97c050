import { ulid } from 'ulid';
import type { Keyring, SealContext } from './keyring.js';
import type { SealedSecret, TenantStore } from './tenant.store.js';

export interface CallbackSecretsOptions {
  /** Makes a fresh secret (`whsec_…`). */
  readonly generate: () => string;
  readonly now?: () => Date;
}

/** A header has room for so many signatures; only a tenant that rotates all day gets there. */
const MAX_SECRETS = 10;

/** The secrets that a tenant's callbacks are signed with: one current, and those in their grace. */
export class CallbackSecrets {
  private readonly now: () => Date;

  constructor(
    private readonly store: TenantStore,
    private readonly keyring: () => Keyring,
    private readonly options: CallbackSecretsOptions,
  ) {
    this.now = options.now ?? (() => new Date());
  }

  /** Secrets in force, newest first, never empty: the first is made when it is first asked for. */
  async secretsOf(tenantId: string): Promise<readonly [string, ...string[]]> {
    const [newest, ...older] = await this.unexpired(tenantId);
    if (newest) return [this.open(newest), ...older.map((secret) => this.open(secret))];
    await this.store.addFirstCallbackSecret(this.make(tenantId).row);
    const [first] = await this.unexpired(tenantId);
    if (!first) throw new Error(`The callback secret of tenant ${tenantId} was not kept.`);
    return [this.open(first)];
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
    await this.store.replaceCallbackSecret(row, retireAt);
    return secret;
  }

  private async unexpired(tenantId: string): Promise<readonly SealedSecret[]> {
    const now = this.now();
    const kept = await this.store.callbackSecrets(tenantId);
    return kept.filter(({ expiresAt }) => !expiresAt || expiresAt > now).slice(0, MAX_SECRETS);
  }

  private make(tenantId: string): { readonly row: SealedSecret; readonly secret: string } {
    const createdAt = this.now();
    const id = `cs_${ulid(createdAt.getTime())}`;
    const secret = this.options.generate();
    const sealed = this.keyring().seal(contextOf(tenantId, id), secret);
    return { row: { id, tenantId, createdAt, expiresAt: null, ...sealed }, secret };
  }

  private open(row: SealedSecret): string {
    return this.keyring().open(contextOf(row.tenantId, row.id), row);
  }
}

/** The tenant belongs to the place: a row that is given to another tenant does not open. */
const contextOf = (tenantId: string, id: string): SealContext => ({
  purpose: 'callback-secret',
  rowId: `${tenantId}/${id}`,
});
