import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InMemorySpoolFiles } from '../testing/in-memory-spool-files.js';
import { DiskSpoolFiles } from './disk-spool-files.js';
import { Spool } from './spool.js';
import type { SpoolFiles } from './spool-files.js';

const LEASE_MS = 30_000;
const later = (): Date => new Date(Date.now() + LEASE_MS + 60_000);

const spoolOn = (files: SpoolFiles, maxBytes = 1_000_000): Spool =>
  new Spool(files, { name: 'audit', maxBytes, leaseMs: LEASE_MS });

async function drained(spool: Spool): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (let next = await spool.oldest(); next; next = await spool.oldest()) {
    rows.push(...next.rows);
    await spool.remove(next.segment);
  }
  return rows;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const KINDS = [
  ['in memory', () => new InMemorySpoolFiles()],
  ['on disk', () => new DiskSpoolFiles(join(folder, 'made', 'when-needed'))],
] as const;

describe.each(KINDS)('a spool %s', (_, makeFiles) => {
  let files: SpoolFiles;
  beforeEach(() => {
    files = makeFiles();
  });

  it('gives rows back in the order they came, also those that came while it was read', async () => {
    const spool = spoolOn(files);
    await spool.append([{ id: 1 }, { id: 2 }]);
    const first = await spool.oldest();
    await spool.append([{ id: 3 }]);

    expect(first?.rows).toEqual([{ id: 1 }, { id: 2 }]);
    await spool.remove(first?.segment ?? '');

    expect(await drained(spool)).toEqual([{ id: 3 }]);
    expect([spool.isEmpty, spool.bytes, await files.list('audit.')]).toEqual([true, 0, []]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])(
    'loses nothing that is appended %i turns after reading began',
    async (turns) => {
      const spool = spoolOn(files);
      await spool.append([{ n: 1 }]);
      const reading = spool.oldest();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      const appending = spool.append([{ n: 2 }]);

      const read = await reading;
      await appending;
      await spool.remove(read?.segment ?? '');

      expect([...(read?.rows ?? []), ...(await drained(spool))]).toEqual([{ n: 1 }, { n: 2 }]);
    },
  );

  it('leaves alone what a living process has, and takes over what a dead one left', async () => {
    const dead = spoolOn(files);
    await dead.append([{ id: 1 }]);
    const next = spoolOn(files);

    expect(await next.adopt(new Date())).toBe(0);
    expect(await next.adopt(later())).toBe(1);

    expect(await drained(next)).toEqual([{ id: 1 }]);
  });

  it('takes over at once what was given up, older rows before its own', async () => {
    const stopped = spoolOn(files);
    await stopped.append([{ id: 1 }]);
    await stopped.release();
    const next = spoolOn(files);
    await next.append([{ id: 2 }]);

    expect(await next.adopt(new Date())).toBe(1);

    expect(await drained(next)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('is adopted by one process alone', async () => {
    const dead = spoolOn(files);
    for (const id of [1, 2, 3]) {
      await dead.append([{ id }]);
      await dead.oldest();
    }
    await dead.release();
    const heirs = [spoolOn(files), spoolOn(files), spoolOn(files)];

    await Promise.all(heirs.map(async (heir) => await heir.adopt(new Date())));

    const rows = (await Promise.all(heirs.map(drained))).flat();
    expect(rows).toHaveLength(3);
    expect(rows).toEqual(expect.arrayContaining([{ id: 1 }, { id: 2 }, { id: 3 }]));
  });

  it('keeps what it has from others by touching it', async () => {
    const living = spoolOn(files);
    await living.append([{ id: 1 }]);
    await living.adopt(later());

    expect(await spoolOn(files).adopt(later())).toBe(0);
  });

  it('appends again what it wrote to a segment that was taken from it', async () => {
    const asleep = spoolOn(files);
    await asleep.append([{ id: 1 }]);
    const heir = spoolOn(files);
    await heir.adopt(later());
    expect(await drained(heir)).toEqual([{ id: 1 }]);

    await asleep.append([{ id: 2 }]);

    expect(await drained(asleep)).toEqual([{ id: 2 }]);
  });

  it('skips a line that was torn off', async () => {
    await files.append('audit.gone.00000000.ndjson', '\n{"id":1}\n{"id":2}\n{"id":');
    const spool = spoolOn(files);
    await spool.adopt(later());

    const read = await spool.oldest();

    expect(read).toMatchObject({ rows: [{ id: 1 }, { id: 2 }], unreadable: 1 });
  });

  it('takes nothing beyond its size', async () => {
    const spool = spoolOn(files, 30);

    expect(await spool.append([{ id: 'x'.repeat(10) }])).toBe(true);
    expect(await spool.append([{ id: 'x'.repeat(10) }])).toBe(false);
    expect(spool.bytes).toBeLessThanOrEqual(30);
  });

  it('is not misled by spools of other names', async () => {
    await files.append('audit-of-admins.x.00000000.ndjson', '\n{"id":1}\n');

    expect(await spoolOn(files).adopt(later())).toBe(0);
  });
});

it('a segment that is taken between two writes gets neither lost nor stuck', async () => {
  const heir: { spool?: Spool; rows: unknown[] } = { rows: [] };
  class Interrupted extends InMemorySpoolFiles {
    override async append(name: string, text: string): Promise<void> {
      await super.append(name, text);
      const { spool } = heir;
      delete heir.spool;
      if (!spool) return;
      // The heir has read all there was when the last row was not yet written.
      await spool.adopt(later());
      for (let next = await spool.oldest(); next; next = await spool.oldest()) {
        heir.rows.push(...next.rows.slice(0, -1));
        await spool.remove(next.segment);
      }
    }
  }
  const files = new Interrupted();
  const spool = spoolOn(files);
  await spool.append([{ id: 1 }]);
  heir.spool = spoolOn(files);

  await spool.append([{ id: 2 }]);

  expect([heir.rows, await drained(spool)]).toEqual([[{ id: 1 }], [{ id: 2 }]]);
});

it('files of a spool are nobody else’s to read', async () => {
  const files = new DiskSpoolFiles(folder);
  await spoolOn(files).append([{ id: 1 }]);

  const [name = ''] = await readdir(folder);
  const { stat } = await import('node:fs/promises');
  expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
});
