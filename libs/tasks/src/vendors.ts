import type { Model, Provider, ProviderAccount, ProviderContext } from '@app/providers';
import type { AxiosInstance } from 'axios';

/** A vendor opened for one call: whose adapter, under which account. */
export interface OpenVendor {
  readonly provider: Provider;
  readonly account: ProviderAccount;
  readonly context: ProviderContext;
}

/** Makes the HTTP client of one call: through the door, with the call's own deadline. */
export type VendorHttp = (account: ProviderAccount, timeoutMs: number) => AxiosInstance;

/** The configured accounts of all vendors. */
export class Vendors {
  /** How many submits each vendor had, so that its accounts take turns whatever the others do. */
  private readonly chosen = new Map<string, number>();

  constructor(
    private readonly accounts: readonly ProviderAccount[],
    private readonly http: VendorHttp,
  ) {}

  isConfigured(providerId: string): boolean {
    return this.accounts.some(({ provider }) => provider.id === providerId);
  }

  /** Why no account can take that model now, as half a sentence; null: one can. */
  whyUnavailable(model: Model, provider: Provider): string | null {
    const mine = this.accounts.filter((account) => account.provider.id === provider.id);
    if (mine.length === 0) return `${provider.title} is not configured here`;
    const { retired } = model;
    if (!retired || mine.some(({ baseUrl }) => hostOf(baseUrl) !== retired.host)) return null;
    const { baseUrl } = provider.environment;
    return `${retired.host} serves it no longer since ${retired.since}; ${baseUrl.variable} may name an upstream that does`;
  }

  /** An account for a new submit, in turn; null when the vendor is not configured. */
  choose(providerId: string): ProviderAccount | null {
    const mine = this.accounts.filter(({ provider }) => provider.id === providerId);
    const turn = this.chosen.get(providerId) ?? 0;
    this.chosen.set(providerId, turn + 1);
    return mine[turn % mine.length] ?? null;
  }

  /** Ids of a vendor's accounts. */
  idsOf(providerId: string): readonly string[] {
    return this.accounts.flatMap(({ id, provider }) => (provider.id === providerId ? [id] : []));
  }

  /** The account that a job was submitted under; null when its key is no longer configured. */
  find(accountId: string): ProviderAccount | null {
    return this.accounts.find(({ id }) => id === accountId) ?? null;
  }

  /** The adapter of a vendor; null when it is not configured. */
  providerOf(providerId: string): Provider | null {
    return this.accounts.find(({ provider }) => provider.id === providerId)?.provider ?? null;
  }

  /** Base URL of a vendor, whose own host its links may name; empty when it is not configured. */
  baseUrlOf(providerId: string): string {
    return this.accounts.find(({ provider }) => provider.id === providerId)?.baseUrl ?? '';
  }

  open(account: ProviderAccount, timeoutMs: number, signal: AbortSignal): OpenVendor {
    const { provider, baseUrl, settings } = account;
    const http = this.http(account, timeoutMs);
    const credential = () => account.credential();
    return { provider, account, context: { http, baseUrl, settings, credential, signal } };
  }
}

function hostOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.host ?? '';
}
