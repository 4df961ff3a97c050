import type { UpstreamAccounts } from '../upstream-accounts.js';
import type { UpstreamClient } from '../upstream-client.js';
import type { UpstreamSpec } from './route.js';

export interface LiveUpstream extends UpstreamSpec {
  readonly client: UpstreamClient;
  readonly accounts: UpstreamAccounts;
}

export class Upstreams {
  private others: readonly LiveUpstream[] = [];
  constructor(private readonly first: LiveUpstream) {}
  get(name: string): LiveUpstream | null {
    return this.all().find((one) => one.name === name) ?? null;
  }
  all(): readonly LiveUpstream[] {
    return [this.first, ...this.others];
  }
  replace(others: readonly LiveUpstream[]): void {
    this.others = others;
  }
}
