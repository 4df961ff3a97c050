import type { Balance } from '@app/tenants';
import { InMemoryLedgerStore, makeTransfer } from '@app/tenants/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { BalancePushDuty } from './balance-push.duty.js';

class Mirror {
  readonly pushed: string[][] = [];
  away = false;

  async push(balances: readonly Balance[]): Promise<void> {
    if (this.away) throw new Error('Redis is away');
    this.pushed.push(balances.map(({ scope }) => scope));
  }
}

let ledger: InMemoryLedgerStore;
let mirror: Mirror;
let duty: BalancePushDuty;
beforeEach(() => {
  ledger = new InMemoryLedgerStore();
  mirror = new Mirror();
  duty = new BalancePushDuty(ledger, mirror);
});

const hold = async (tenantId: string): Promise<void> =>
  await ledger.write([makeTransfer({ subject: `tk-${tenantId}`, tenantId, keyId: null })]);

describe('BalancePushDuty', () => {
  it('tells of every balance that changed, those of just now twice', async () => {
    await hold('tn_1');
    await duty.runOnce();
    await hold('tn_2');
    await duty.runOnce();

    expect(mirror.pushed).toEqual([['tn_1'], ['tn_1', 'tn_2']]);
  });

  it('tells again what it could not', async () => {
    await hold('tn_1');
    mirror.away = true;
    await expect(duty.runOnce()).rejects.toThrow('Redis is away');

    mirror.away = false;
    await duty.runOnce();

    expect(mirror.pushed).toEqual([['tn_1']]);
  });

  it('tells of many in pages', async () => {
    for (let number = 0; number < 401; number += 1) await hold(`tn_${number}`);

    await duty.runOnce();

    expect(mirror.pushed.map((page) => page.length)).toEqual([200, 200, 1]);
  });
});
