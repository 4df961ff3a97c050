import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { MEDIA_TYPE, type TableFormat, type TableRow, tableText } from './table-text.js';

export interface TableToSend {
  readonly format: TableFormat;
  /** Of the file, without its extension. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly batches: AsyncIterable<readonly TableRow[]>;
}

/**
 * Streams a table: the next batch is read when the caller has taken the one before, and none when it
 * has left. The first is read before the answer begins, so that what fails then has an error's status;
 * what fails later cuts the answer, which is not complete then by HTTP's own rules.
 */
export async function sendTable(reply: FastifyReply, table: TableToSend): Promise<void> {
  const { format, name, columns } = table;
  const source = table.batches[Symbol.asyncIterator]();
  const first = await source.next();
  async function* batches() {
    try {
      for (let next = first; !next.done; next = await source.next()) yield next.value;
    } finally {
      await source.return?.();
    }
  }
  await reply
    .header('content-type', MEDIA_TYPE[format])
    .header('content-disposition', `attachment; filename="${name}.${format}"`)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .send(Readable.from(tableText(format, columns, batches()), { highWaterMark: 1 }));
}
