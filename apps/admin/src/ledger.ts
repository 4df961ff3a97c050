import {
  isProved,
  type LedgerProof,
  PostgresLedgerStore,
  rebuildLedger,
  verifyLedger,
} from '@app/database';
import { RedisBudgetMirror } from '@app/queue';
import type { AdminCommand } from './command.js';

export const ledgerVerify: AdminCommand = {
  name: 'ledger verify',
  summary: 'proves from Postgres alone that the money adds up, and prints what does not',
  async run({ database }) {
    const proof = await verifyLedger(database);
    return { ok: isProved(proof), lines: proofLines(proof), data: { ...proof } };
  },
};

export const ledgerRebuild: AdminCommand = {
  name: 'ledger rebuild',
  summary: 'makes balances, open holds, usage and the budgets in Redis anew from the ledger’s rows',
  async run({ database, redisUrl }) {
    const mirror = new RedisBudgetMirror(redisUrl, new PostgresLedgerStore(database));
    try {
      const { balances, holds, hours } = await rebuildLedger(database, mirror);
      const made = `Made ${balances} balances, ${holds} open holds and ${hours} hours of usage from the ledger’s rows.`;
      const lines = [made, 'The budgets in Redis are read from them again.'];
      return { ok: true, lines, data: { balances, holds, hours } };
    } finally {
      mirror.close();
    }
  },
};

/** A line for each thing that is proved, then the differences. */
function proofLines({ checks, differences }: LedgerProof): string[] {
  const proved = checks.map(({ name, looked, differences: wrong }) => {
    const verdict = wrong === 0 ? 'ok' : `${wrong} DIFFERENCES`;
    return `${verdict.padEnd(4)} ${name} (${looked} looked at)`;
  });
  const shown = differences.map(
    ({ check, subject, expected, found }) =>
      `${subject}: expected ${expected}; found ${found} (${check})`,
  );
  const whole =
    differences.length === 0
      ? ['The money adds up.']
      : ['', ...shown, '', 'If the rows are right, `ledger rebuild` makes the rest from them.'];
  return [...proved, ...whole];
}
