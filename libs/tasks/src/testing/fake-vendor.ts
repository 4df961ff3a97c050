import type {
  Checked,
  JsonObject,
  Prepared,
  Provider,
  ProviderAccount,
  ProviderContext,
  ProviderEnvironment,
  LostSubmit,
  Recovered,
  SubmitContext,
  SubmitSafety,
  Submitted,
} from '@app/providers';
import { create } from 'axios';
import { Vendors } from '../vendors.js';

/** A vendor that answers as the test says and keeps what it was asked. */
export class FakeVendor implements Provider {
  readonly title = 'Fake Vendor';
  readonly models = [];
  submitSafety: SubmitSafety = 'none';
  readonly environment: ProviderEnvironment = {
    prefix: 'FAKE',
    credential: 'FAKE_API_KEY',
    baseUrl: { variable: 'FAKE_BASE_URL', default: 'https://vendor.example' },
  };
  readonly limits = { inFlight: 10, submitsPerSecond: 10, checksPerSecond: 10 };
  /** Every paid request. */
  readonly submits: JsonObject[] = [];
  readonly checks: JsonObject[] = [];
  onSubmit: (context: SubmitContext) => Promise<Submitted> = async () => ({
    state: 'accepted',
    handle: { job: 'j-1' },
    vendorId: 'j-1',
  });
  /** The attempts that were sent, in order. */
  readonly attempts: string[] = [];
  readonly cancels: JsonObject[] = [];
  /** Set: the vendor can stop jobs. */
  cancel?: (handle: JsonObject, context: ProviderContext) => Promise<'stopped' | 'too-late'>;
  /** Set: the vendor can be asked for a lost job. */
  recover?: (lost: LostSubmit, context: ProviderContext) => Promise<Recovered>;
  onCheck: (context: ProviderContext) => Promise<Checked> = async () => ({ state: 'running' });

  constructor(readonly id = 'fake') {}

  prepare(input: JsonObject): Prepared {
    return {
      ok: true,
      request: input,
      estimate: { unit: 'image', quantity: 1, costNanoUsd: null },
    };
  }

  async submit(request: JsonObject, context: SubmitContext): Promise<Submitted> {
    this.submits.push(request);
    this.attempts.push(context.attemptId);
    return await this.onSubmit(context);
  }

  /** From now on the vendor can stop jobs. */
  stopsJobs(answer: 'stopped' | 'too-late' = 'stopped'): void {
    this.cancel = async (handle) => {
      this.cancels.push(handle);
      return answer;
    };
  }

  async check(handle: JsonObject, context: ProviderContext): Promise<Checked> {
    this.checks.push(handle);
    return await this.onCheck(context);
  }
}

export const accountOf = (provider: Provider, id: string): ProviderAccount => ({
  id,
  provider,
  baseUrl: `https://${provider.id}.example`,
  settings: {},
  limits: provider.limits,
  credential: async () => 'key',
});

/** Accounts of the vendors, whose HTTP nobody uses. */
export const vendorsOf = (...accounts: readonly ProviderAccount[]): Vendors =>
  vendorsWith(accounts, async () => undefined);

/** The same, of accounts that a look may add to. */
export const vendorsWith = (
  accounts: readonly ProviderAccount[],
  refresh: () => Promise<void>,
): Vendors =>
  new Vendors(
    {
      ready: () => accounts,
      all: () => accounts,
      find: (id) => accounts.find((account) => account.id === id) ?? null,
      forgetGone: () => undefined,
      refresh,
    },
    () => create(),
  );
