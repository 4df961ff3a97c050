import type { UpstreamAccounts } from '../upstream-accounts.js';
import type { UpstreamClient } from '../upstream-client.js';
import type { UpstreamSpec } from './route.js';

/** An upstream that can be asked. */
export interface LiveUpstream extends UpstreamSpec {
  readonly client: UpstreamClient;
  readonly accounts: UpstreamAccounts;
}

/** The upstreams as they are now: the environment's, and those that operators added. */
export class Upstreams {
  private byName: ReadonlyMap<string, LiveUpstream>;

  /** @param own the environment's */
  constructor(readonly own: LiveUpstream) {
    this.byName = new Map([[own.name, own]]);
  }

  /** Null: there is none of that name (any more). */
  get(name: string): LiveUpstream | null {
    return this.byName.get(name) ?? null;
  }

  /** The environment's first. */
  all(): readonly LiveUpstream[] {
    return [...this.byName.values()];
  }

  /** Puts these in the place of all but the environment's. Calls under way keep what they have. */
  replace(others: readonly LiveUpstream[]): void {
    const { own } = this;
    const rest = others.filter(({ name }) => name !== own.name);
    this.byName = new Map([own, ...rest].map((one) => [one.name, one]));
  }
}
