import type { ProviderError } from '@app/errors';
import type {
  AccountSource,
  Model,
  Provider,
  ProviderAccount,
  ProviderContext,
} from '@app/providers';
import type { AxiosInstance } from 'axios';

/** A vendor opened for one call: whose adapter, under which account. */
export interface OpenVendor {
  readonly provider: Provider;
  readonly account: ProviderAccount;
  readonly context: ProviderContext;
}

/** Makes the HTTP client of one call: through the door, with the call's own deadline. */
export type VendorHttp = (account: ProviderAccount, timeoutMs: number) => AxiosInstance;

/** The accounts of all vendors, as they are at each call. */
export class Vendors {
  /** How many submits each vendor had, so that its accounts take turns whatever the others do. */
  private readonly chosen = new Map<string, number>();

  constructor(
    private readonly accounts: AccountSource,
    private readonly http: VendorHttp,
  ) {}

  isConfigured(providerId: string): boolean {
    return this.of(providerId).length > 0;
  }

  /** Why no account can take that model now, as half a sentence; null: one can. */
  whyUnavailable(model: Model, provider: Provider): string | null {
    const mine = this.of(provider.id);
    if (mine.length === 0) return `${provider.title} is not configured here`;
    const { retired } = model;
    if (!retired || mine.some(({ baseUrl }) => hostOf(baseUrl) !== retired.host)) return null;
    const { baseUrl } = provider.environment;
    return `${retired.host} serves it no longer since ${retired.since}; ${baseUrl.variable} may name an upstream that does`;
  }

  /** An account for a new submit, in turn; null when the vendor is not configured. */
  choose(providerId: string): ProviderAccount | null {
    const mine = this.of(providerId);
    const turn = this.chosen.get(providerId) ?? 0;
    this.chosen.set(providerId, turn + 1);
    return mine[turn % mine.length] ?? null;
  }

  /** Ids of a vendor's accounts. */
  idsOf(providerId: string): readonly string[] {
    return this.of(providerId).map(({ id }) => id);
  }

  /**
   * The account that a job was submitted under, also when it takes no new work any more; null when
   * this process never knew its key.
   */
  find(accountId: string): ProviderAccount | null {
    return this.accounts.find(accountId);
  }

  /** The account, for a new submit; null when it takes none any more. */
  findForWork(accountId: string): ProviderAccount | null {
    return this.accounts.ready().find(({ id }) => id === accountId) ?? null;
  }

  /**
   * Whether the account takes work after all: another process may have learned of a new key first.
   * @throws while the database is away
   */
  async hasComeIn(accountId: string): Promise<boolean> {
    await this.accounts.refresh();
    return this.findForWork(accountId) !== null;
  }

  /** After a call about a job that failed: a key that is gone anyway is not used again when it is refused. */
  afterError({ id }: ProviderAccount, { status }: ProviderError): void {
    if (status === 401 || status === 403) this.accounts.forgetGone(id);
  }

  /** The adapter of a vendor; null when it is not configured, and never was here. */
  providerOf(providerId: string): Provider | null {
    return this.anyOf(providerId)?.provider ?? null;
  }

  /** Base URL of a vendor, whose own host its links may name; empty when it is not configured. */
  baseUrlOf(providerId: string): string {
    return this.anyOf(providerId)?.baseUrl ?? '';
  }

  /** What is under way when a vendor's last key is taken away is brought to its end. */
  private anyOf(providerId: string): ProviderAccount | undefined {
    const isOf = ({ provider }: ProviderAccount): boolean => provider.id === providerId;
    return this.accounts.ready().find(isOf) ?? this.accounts.all().find(isOf);
  }

  private of(providerId: string): readonly ProviderAccount[] {
    return this.accounts.ready().filter(({ provider }) => provider.id === providerId);
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
