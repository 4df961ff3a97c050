import type { PriceWatch } from '@app/prices';
import type { Duty } from './duty.js';

/** Has the prices that operators put last hold in this worker too. */
export class PricesDuty implements Duty {
  readonly name = 'prices';
  readonly everyMs = 1_000;

  constructor(private readonly watch: PriceWatch) {}

  async runOnce(): Promise<boolean> {
    await this.watch.runOnce();
    return false;
  }
}
