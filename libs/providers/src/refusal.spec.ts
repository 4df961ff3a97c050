import { describe, expect, it } from 'vitest';
import { refusal, type RefusalKind, type VendorFault } from './refusal.js';

describe('refusal', () => {
  it.each<[RefusalKind, number, VendorFault, 'account' | 'model' | undefined]>([
    ['account', 401, {}, 'account'],
    ['account', 402, {}, 'account'],
    ['account', 400, { code: 'Arrearage' }, 'account'],
    ['account', 429, { code: 'insufficient_quota' }, 'account'],
    ['account', 403, {}, 'model'],
    ['account', 403, { trouble: 'account' }, 'account'],
    ['account', 400, { trouble: 'model' }, 'model'],
    ['missing', 404, {}, 'model'],
    ['content', 403, {}, undefined],
    ['throttled', 429, {}, undefined],
    ['request', 400, {}, undefined],
    ['broken', 500, {}, undefined],
  ])('of the kind %s with HTTP %d and %j is trouble with: %s', (kind, status, fault, trouble) => {
    const answer = { vendor: 'V', status, headers: {}, body: {}, clean: (text: string) => text };

    expect(refusal(answer, kind, fault).trouble).toBe(trouble);
  });
});
