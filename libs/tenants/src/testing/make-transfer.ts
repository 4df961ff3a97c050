import { type ChargedUsage, NO_USAGE, type Transfer } from '../ledger/ledger.js';

export const makeUsage = (fields: Partial<ChargedUsage> = {}): ChargedUsage => ({
  ...NO_USAGE,
  source: 'provider',
  ...fields,
});

/** A hold of 1 USD by a request of one key of one tenant, now. */
export const makeTransfer = (fields: Partial<Transfer> & Pick<Transfer, 'subject'>): Transfer => ({
  kind: 'hold',
  tenantId: 'tn_1',
  keyId: 'key_1',
  model: 'gpt-5',
  provider: 'openai',
  amountNanoUsd: 1_000_000_000,
  priceVersion: '2026-11-22',
  at: new Date(),
  usage: fields.kind === 'charge' || fields.kind === 'lost' ? makeUsage() : null,
  owner: null,
  ...fields,
});
