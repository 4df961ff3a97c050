import type { AccountPool } from '@app/providers';
import type { Duty } from './duty.js';

/** Looks which keys of vendors there are: mounted files, and stored ones. */
export class AccountsDuty implements Duty {
  readonly name = 'accounts';
  readonly everyMs = 1_000;

  constructor(private readonly accounts: Pick<AccountPool, 'refresh'>) {}

  async runOnce(): Promise<boolean> {
    await this.accounts.refresh();
    return false;
  }
}
