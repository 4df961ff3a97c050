import { ConfigError } from '@app/config';
import { PostgresAdminActionStore } from '@app/database';
import { type ChainHead, ChainWalk } from '@app/tenants';
import type { AdminCommand } from './command.js';

export const auditVerify: AdminCommand = {
  name: 'audit verify',
  summary: 'proves that the chain of admins’ actions is whole, and prints its head',
  options: { head: { takes: 'SEQ:HASH', summary: 'a head that was printed before' } },
  async run({ database }, options) {
    const noted = readHead(options.get('head'));
    const store = new PostgresAdminActionStore(database);
    // Read before the rows: what is appended meanwhile is neither missing nor too much.
    const { head: kept, lastSeq } = await store.extent();
    const walk = new ChainWalk({ kept, noted });
    for await (const row of store.walk(Math.max(kept.seq, lastSeq))) {
      if (!walk.take(row)) break;
    }
    const verdict = walk.verdict();
    if (!verdict.fits) {
      const { seq, why } = verdict;
      return {
        ok: false,
        lines: [`The chain does not fit at row ${seq}: ${why}.`],
        data: { seq, why },
      };
    }
    const head = `${verdict.head.seq}:${verdict.head.hash.toString('hex')}`;
    return {
      ok: true,
      lines: [
        `${verdict.head.seq} rows, each with its own hash and that of the row before it.`,
        `Head: ${head}`,
        'Note it where nobody who can alter the database can alter it; `--head` proves later that no row up to it was cut off.',
      ],
      data: { rows: verdict.head.seq, head },
    };
  },
};

function readHead(text: string | undefined): ChainHead | null {
  if (text === undefined) return null;
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined) {
    throw new ConfigError('--head takes SEQ:HASH as `admin audit verify` prints it');
  }
  return { seq: Number(seq), hash: Buffer.from(hash, 'hex') };
}
