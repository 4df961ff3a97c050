import { GatewayError } from '@app/errors';
import {
  DEFAULT_UPSTREAM,
  readUpstream,
  type RoutingStore,
  type RoutingWatch,
  type StoredRouting,
  type StoredUpstream,
  UPSTREAM_SECRET_PURPOSE,
} from '@app/proxy';
import type { Keyring } from '@app/tenants';
import { fieldRefusal } from '../../http/field-refusal.js';

export interface UpstreamChangesParts {
  readonly store: RoutingStore;
  readonly watch: Pick<RoutingWatch, 'runOnce'>;
  readonly keyring: Pick<Keyring, 'seal' | 'open'>;
}

/** Operators' upstreams: secrets go in and never come out. In force here at once, elsewhere within 2 s. */
export class UpstreamChanges {
  constructor(private readonly parts: UpstreamChangesParts) {}

  /**
   * Adds an upstream or replaces the one of its name; a secret that is not said stays.
   * @returns its name
   * @throws GatewayError INVALID_REQUEST naming the field and what it takes
   */
  async put(body: unknown): Promise<string> {
    const { spec, secret } = readUpstream(body);
    const { store, watch } = this.parts;
    const stored = await store.list();
    const others = stored.upstreams.filter(({ name }) => name !== spec.name);
    if (others.length >= MAX_UPSTREAMS) {
      throw fieldRefusal('name', `is one too many: there are ${MAX_UPSTREAMS} other upstreams`);
    }
    const key = secret === undefined ? this.keptSecret(spec, stored) : secret;
    await store.putUpstream({ ...spec, sealed: this.sealed(spec.name, key) });
    await watch.runOnce();
    return spec.name;
  }

  /**
   * @returns the models whose routes name it; they skip it from now on
   * @throws GatewayError NOT_FOUND, INVALID_REQUEST for the one of the environment
   */
  async remove(name: string): Promise<readonly string[]> {
    if (name === DEFAULT_UPSTREAM) {
      throw fieldRefusal('name', `${DEFAULT_UPSTREAM} ${OF_THE_ENVIRONMENT}`);
    }
    const { store, watch } = this.parts;
    if (!(await store.removeUpstream(name))) {
      throw new GatewayError('NOT_FOUND', `No upstream ${name.slice(0, 64)}.`);
    }
    await watch.runOnce();
    const { routes } = await store.list();
    return routes
      .filter(({ targets }) => targets.some(({ upstream }) => upstream === name))
      .map(({ model }) => model);
  }

  private sealed(rowId: string, secret: string | null): StoredUpstream['sealed'] {
    return secret === null
      ? null
      : this.parts.keyring.seal({ purpose: UPSTREAM_SECRET_PURPOSE, rowId }, secret);
  }

  /**
   * Sealed anew by the caller, so that a box that `taskgate admin rekey` has replaced meanwhile does not
   * come back. Whoever may name another address must not get to see the key there.
   */
  private keptSecret({ name, baseUrl }: { name: string; baseUrl: string }, stored: StoredRouting) {
    const { upstreams, unreadable } = stored;
    const before = upstreams.find((one) => one.name === name);
    if (unreadable.some(({ table, id }) => table === 'upstreams' && id === name)) {
      throw fieldRefusal('secret', 'is needed again: what is stored of it cannot be read');
    }
    if (!before?.sealed) return null;
    if (new URL(before.baseUrl).origin !== new URL(baseUrl).origin) {
      const why = 'a key is never sent to another host than it was stored for';
      throw fieldRefusal('secret', `is needed again: ${why}; null drops it`);
    }
    try {
      return this.parts.keyring.open(
        { purpose: UPSTREAM_SECRET_PURPOSE, rowId: name },
        before.sealed,
      );
    } catch {
      // The error was logged when the upstream was read; here it is the operator's to give another.
      throw fieldRefusal('secret', 'is needed again: MASTER_KEY does not open the stored one');
    }
  }
}

const OF_THE_ENVIRONMENT =
  'comes from the environment (OPENAI_BASE_URL, OPENAI_API_KEY) and cannot be removed here';

/** Every process keeps all of them. */
const MAX_UPSTREAMS = 100;
