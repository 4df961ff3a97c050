import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuditRow, AuditStore } from '../audit.js';
import { makeAuditRow } from './make-audit-row.js';

/** A store and a way to read what it keeps. */
export interface AuditStoreHarness {
  readonly store: AuditStore;
  readonly find: (requestId: string) => Promise<readonly AuditRow[]>;
}

/** What every audit store promises. */
export function describeAuditStore(
  name: string,
  makeHarness: () => Promise<AuditStoreHarness>,
): void {
  describe(`${name} as an audit store`, () => {
    it('keeps every field, known or not', async () => {
      const { store, find } = await makeHarness();
      const full = makeAuditRow(randomUUID(), {
        costUsd: 0.0125,
        errorCode: 'INTERNAL',
        stream: true,
      });
      const bare = makeAuditRow(randomUUID(), {
        model: null,
        upstream: null,
        ttfbMs: null,
        tokensIn: null,
        tokensOut: null,
        tokensCached: null,
      });

      await store.insert([full, bare]);

      expect(await find(full.requestId)).toEqual([full]);
      expect(await find(bare.requestId)).toEqual([bare]);
    });

    it('keeps one row of a request that is sent again', async () => {
      const { store, find } = await makeHarness();
      const row = makeAuditRow(randomUUID());
      const next = makeAuditRow(randomUUID());
      await store.insert([row]);

      await store.insert([row, next]);

      expect(await find(row.requestId)).toEqual([row]);
      expect(await find(next.requestId)).toEqual([next]);
    });

    it('keeps why a call went where it went, for its own tenant alone', async () => {
      const { store, find } = await makeHarness();
      const explained = makeAuditRow(randomUUID());
      const explanation = { route: 'gpt-5*', attempts: [{ upstream: 'openai', status: 200 }] };
      await store.insert([{ ...explained, explanation }]);

      expect(await store.find(explained.tenant, explained.requestId)).toEqual({
        ...explained,
        explanation,
      });
      expect(await store.find('tn_other', explained.requestId)).toBeNull();
      expect(await store.find(explained.tenant, randomUUID())).toBeNull();
      expect((await find(explained.requestId)).map(({ requestId }) => requestId)).toEqual([
        explained.requestId,
      ]);
    });

    it('takes rows of which nothing is explained, among others', async () => {
      const { store } = await makeHarness();
      const [bare, explained] = [makeAuditRow(randomUUID()), makeAuditRow(randomUUID())];

      await store.insert([bare, { ...explained, explanation: { route: null } }]);

      const found = await store.find(bare.tenant, bare.requestId);
      expect(found?.explanation ?? null).toBeNull();
      expect(found).toMatchObject(bare);
    });

    it('takes an empty batch', async () => {
      const { store } = await makeHarness();

      await expect(store.insert([])).resolves.toBeUndefined();
    });
  });
}
