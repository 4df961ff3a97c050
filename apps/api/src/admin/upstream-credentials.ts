import { GatewayError } from '@app/errors';
import {
  accountOfKey,
  type AccountPool,
  type Catalog,
  type Credential,
  CREDENTIAL_PURPOSE,
  type CredentialStore,
  newCredentialId,
  type Variables,
  withdrawal,
} from '@app/providers';
import type { Keyring } from '@app/tenants';
import { fieldRefusal } from '../http/field-refusal.js';
import { DEFAULT_STEP_SECONDS, type GivenCredential } from './read-credential.js';

export interface UpstreamCredentialsParts {
  readonly store: CredentialStore;
  readonly accounts: Pick<AccountPool, 'refresh' | 'find' | 'all'>;
  readonly keyring: Pick<Keyring, 'seal'>;
  readonly catalog: Pick<Catalog, 'provider' | 'vendors'>;
  readonly variables: Variables;
}

/** Operators' keys of vendors: secrets go in and never come out. */
export class UpstreamCredentials {
  constructor(private readonly parts: UpstreamCredentialsParts) {}

  /** @throws GatewayError INVALID_REQUEST naming the field */
  async add(
    given: GivenCredential & { provider: string; label: string; secret: string },
  ): Promise<Credential> {
    return await this.store(given, null);
  }

  /** @throws GatewayError NOT_FOUND, INVALID_REQUEST */
  async rotate(id: string, given: GivenCredential & { secret: string }): Promise<Credential> {
    const before = await this.find(id);
    const { provider, label, weight, baseUrl } = before;
    const same = baseUrl === null ? {} : { baseUrl };
    return await this.store({ label, weight, ...same, ...given, provider }, id);
  }

  async list(): Promise<readonly Credential[]> {
    return (await this.parts.store.list()).credentials;
  }

  /** @throws GatewayError NOT_FOUND, also where it is one of the environment's keys */
  async find(id: string): Promise<Credential> {
    const found = (await this.list()).find((one) => one.id === id);
    if (found) return found;
    const known = this.parts.accounts.find(id);
    const hint = known ? ` ${id} comes from ${known.label}: change its file or variable.` : '';
    throw new GatewayError('NOT_FOUND', `No credential ${id}.${hint}`);
  }

  /** @throws GatewayError NOT_FOUND */
  async change(id: string, fields: { weight?: number; label?: string }): Promise<Credential> {
    await this.find(id);
    await this.parts.store.change(id, fields);
    await this.parts.accounts.refresh();
    return await this.find(id);
  }

  /**
   * Takes it out of use; one that is out of use for good loses its row. Null: the row is gone.
   * @throws GatewayError NOT_FOUND, SERVICE_UNAVAILABLE when it keeps changing under our hands
   */
  async withdraw(id: string, atOnce: boolean): Promise<Credential | null> {
    const { store, accounts } = this.parts;
    for (let tries = 0; tries < 5; tries += 1) {
      const before = await this.find(id);
      if (!before.hasSecret && (await store.remove(id))) return null;
      const move = withdrawal(before, atOnce);
      if (move === null || (await store.move([move]))) {
        await accounts.refresh();
        return await this.find(id);
      }
    }
    const options = { retryAfterSeconds: 1 };
    throw new GatewayError('SERVICE_UNAVAILABLE', `${id} is changing; try again.`, options);
  }

  private async store(
    given: GivenCredential & { provider: string; label: string; secret: string },
    replaces: string | null,
  ): Promise<Credential> {
    const { store, accounts, keyring } = this.parts;
    const { label, secret, weight = 1, baseUrl = null, stepSeconds = DEFAULT_STEP_SECONDS } = given;
    const account = this.accountFor(given.provider, { key: secret, baseUrl, weight });
    const known = accounts.find(account.id);
    if (known?.source === 'environment' && known.state !== 'gone') {
      throw fieldRefusal('secret', `is in use already: it comes from ${known.label}`);
    }
    const id = newCredentialId();
    const sealed = keyring.seal({ purpose: CREDENTIAL_PURPOSE, rowId: id }, secret);
    const facts = { id, provider: given.provider, label, account: account.id, sealed };
    await store.add({ ...facts, weight, baseUrl, stepSeconds, replaces });
    await accounts.refresh();
    return await this.find(id);
  }

  private accountFor(providerId: string, key: Parameters<typeof accountOfKey>[2]) {
    const { catalog, variables } = this.parts;
    const provider = catalog.provider(providerId);
    if (!provider) {
      const ids = catalog.vendors.map(({ id }) => id).join(', ');
      throw fieldRefusal('provider', `takes one of ${ids}`);
    }
    const account = accountOfKey(provider, variables, key);
    if (typeof account === 'string') throw fieldRefusal('provider', `is not ready: ${account}`);
    return account;
  }
}
