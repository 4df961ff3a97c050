import { createHash } from 'node:crypto';
import { UpstreamAccounts, type UpstreamKey } from '../upstream-accounts.js';
import { UpstreamClient } from '../upstream-client.js';
import { keysIn } from './read-upstream.js';
import type { UpstreamSpec } from './route.js';
import { type StoredUpstream, UPSTREAM_SECRET_PURPOSE } from './routing-store.js';
import type { LiveUpstream } from './upstreams.js';

export interface LiveUpstreamsParts {
  /** @throws Error when it cannot be opened */
  readonly open: (
    context: { readonly purpose: string; readonly rowId: string },
    sealed: NonNullable<StoredUpstream['sealed']>,
  ) => string;
  /** For the operator: an upstream is stored and cannot be used, now until it changes. */
  readonly onUnusable: (name: string, error: unknown) => void;
  readonly now?: () => number;
}

/** An upstream that is asked: its connections, and its keys with what is known of them. */
interface Standing {
  readonly baseUrl: string;
  readonly client: UpstreamClient;
  readonly accounts: UpstreamAccounts;
  /** Those that take calls now; the accounts ask for them each time. */
  keys: readonly UpstreamKey[];
}

/**
 * The stored upstreams as this process asks them. One whose address stays keeps its connections, and each
 * key what is known of it, whatever else changes.
 */
export class LiveUpstreams {
  private standing = new Map<string, Standing>();
  private readonly retired = new Map<Standing, number>();

  constructor(private readonly parts: LiveUpstreamsParts) {}

  /** As they are stored now; one that cannot be used is left out and told of. */
  of(stored: readonly StoredUpstream[]): readonly LiveUpstream[] {
    const before = this.standing;
    this.standing = new Map();
    const live = stored.flatMap((upstream) => {
      const keys = this.keysOf(upstream);
      if (!keys) return [];
      const { name, baseUrl, weight, injectUsage } = upstream;
      const known = before.get(name);
      const one = known?.baseUrl === baseUrl ? known : standingAt(baseUrl);
      one.keys = keys;
      this.standing.set(name, one);
      const { client, accounts } = one;
      return [{ name, baseUrl, weight, injectUsage, client, accounts }];
    });
    for (const [name, one] of before) {
      if (this.standing.get(name) !== one) this.retired.set(one, this.now());
    }
    return live;
  }

  /** Closes what was replaced once nothing runs there any more; a call that was planned before finds it open. */
  async closeRetired(): Promise<void> {
    for (const [one, sinceMs] of this.retired) {
      if (this.now() - sinceMs < RETIRED_MS || !isIdle(one)) continue;
      this.retired.delete(one);
      await one.client.close();
    }
  }

  /** Cuts what is still open. */
  async close(): Promise<void> {
    const all = [...this.standing.values(), ...this.retired.keys()];
    await Promise.all(all.map(async ({ client }) => await client.close()));
  }

  private keysOf(upstream: StoredUpstream): readonly UpstreamKey[] | null {
    const { name, sealed } = upstream;
    if (!sealed) return [keyless(name)];
    try {
      const secret = this.parts.open({ purpose: UPSTREAM_SECRET_PURPOSE, rowId: name }, sealed);
      return keysIn(secret).map((key) => ({
        id: accountId(name, key),
        weight: 1,
        reveal: () => key,
      }));
    } catch (error) {
      this.parts.onUnusable(name, error);
      return null;
    }
  }

  private now(): number {
    return this.parts.now?.() ?? Date.now();
  }
}

function standingAt(baseUrl: UpstreamSpec['baseUrl']): Standing {
  const accounts = new UpstreamAccounts({ keys: () => standing.keys });
  const standing: Standing = {
    baseUrl,
    client: new UpstreamClient({ baseUrl }),
    accounts,
    keys: [],
  };
  return standing;
}

const isIdle = ({ accounts }: Standing): boolean =>
  [...accounts.inFlight().values()].every((count) => count === 0);

/** Name and eight hex digits of the key's SHA-256: stable over restarts, tells nothing. */
const accountId = (name: string, key: string): string =>
  `${name}:${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;

/** Calls go there without a credential. */
const keyless = (name: string): UpstreamKey => ({
  id: `${name}:none`,
  weight: 1,
  reveal: () => '',
});

/** Longer than a call that was planned waits between two attempts. */
const RETIRED_MS = 60_000;
