import { type SealedCount, SealedRows } from '@app/database';
import type { AdminCommand } from './command.js';

export const rekey: AdminCommand = {
  name: 'rekey',
  summary: 'seals every stored secret again under the first key of MASTER_KEY',
  async run({ database, keyring, tell }) {
    const sealed = new SealedRows(database);
    const { resealed, unopened } = await sealed.reseal(keyring, (rows) =>
      tell(`${rows} sealed again`),
    );
    const counts = await sealed.count();
    const current = keyring.currentKeyId;
    const left = counts.filter(({ keyId }) => keyId !== current);
    const ok = left.length === 0 && unopened.length === 0;
    return {
      ok,
      lines: [
        `${resealed} secrets were sealed again under key ${current}, the first of MASTER_KEY.`,
        ...counts.map(({ column, keyId, rows }) => `  ${column}: ${rows} under key ${keyId}`),
        ...unopened.map((line) => `  not opened: ${line}`),
        verdict(left),
      ],
      data: { currentKeyId: current, resealed, counts, unopened },
    };
  },
};

function verdict(left: readonly SealedCount[]): string {
  if (left.length === 0) {
    return 'No secret needs another key. Take the others out of MASTER_KEY when what they signed has expired: links to outputs and inputs, the addresses that vendors call back on, and first answers that are kept for a day.';
  }
  const keys = [...new Set(left.map(({ keyId }) => keyId))].join(', ');
  return `Secrets are left under ${keys}: keep those keys in MASTER_KEY and run this again.`;
}
