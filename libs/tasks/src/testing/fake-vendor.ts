import type {
  Checked,
  JsonObject,
  Prepared,
  Provider,
  ProviderAccount,
  ProviderContext,
  ProviderEnvironment,
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
    return await this.onSubmit(context);
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
  new Vendors(accounts, () => create());
