import { expect, it } from 'vitest';
import { settleAbandoned } from './settle-abandoned.js';

it('charges an abandoned hold at its amount, which is said to be an estimate', () => {
  const now = new Date('2026-06-01T12:00:00.000Z');
  const hold = {
    subject: 'req_1',
    tenantId: 'tn_1',
    keyId: 'key_1',
    model: 'gpt-5',
    provider: 'openai',
    amountNanoUsd: 70,
    priceVersion: 'v1',
    at: new Date('2026-06-01T11:00:00.000Z'),
    owner: 'api-1',
  };

  const [release, charge, ...more] = settleAbandoned(hold, now);

  const about = { subject: 'req_1', tenantId: 'tn_1', keyId: 'key_1', amountNanoUsd: 70, at: now };
  expect(release).toMatchObject({ ...about, kind: 'release', owner: null });
  expect(charge).toMatchObject({ ...about, kind: 'charge', usage: { source: 'estimated' } });
  expect(more).toEqual([]);
});
