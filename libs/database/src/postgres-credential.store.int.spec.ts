import type { CredentialMove, NewCredential } from '@app/providers';
import { makeTask } from '@app/tasks/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresCredentialStore } from './postgres-credential.store.js';
import { PostgresTaskStore } from './postgres-task.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant } from './testing/postgres-harness.js';

let opened: OpenTestDatabase;
let store: PostgresCredentialStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  store = new PostgresCredentialStore(opened.database);
  await opened.database.query(
    `INSERT INTO instance (id, output_store_id, key_pepper_box, key_pepper_key_id)
     VALUES (1, 'store', '\\x00', 'k') ON CONFLICT DO NOTHING`,
    [],
  );
});
beforeEach(async () => void (await opened.database.query('DELETE FROM credentials', [])));
afterAll(async () => await opened.close());

const fresh = (id: string, more: Partial<NewCredential> = {}): NewCredential => ({
  id,
  provider: 'bfl',
  label: id,
  account: `bfl:${id}`,
  weight: 1,
  baseUrl: null,
  stepSeconds: 60,
  replaces: null,
  sealed: { box: Buffer.from('sealed'), keyId: 'mk1' },
  ...more,
});

const to = (id: string, version: number, more: Partial<CredentialMove> = {}): CredentialMove => ({
  id,
  version,
  state: 'active',
  step: 0,
  unanswered: 0,
  note: null,
  erases: false,
  shown: true,
  ...more,
});

const found = async (id: string) => (await store.list()).credentials.find((one) => one.id === id);

describe('PostgresCredentialStore', () => {
  it('keeps what it was given, sealed, and tells when it was', async () => {
    await store.add(fresh('one', { baseUrl: 'https://eu.example', weight: 2 }));

    const { now, credentials } = await store.list();
    const [sealed] = await store.sealed();

    expect(credentials).toMatchObject([
      {
        id: 'one',
        state: 'probing',
        version: 0,
        weight: 2,
        baseUrl: 'https://eu.example',
        hasSecret: true,
      },
    ]);
    expect(credentials[0]?.since.getTime()).toBeLessThanOrEqual(now.getTime());
    expect(sealed?.sealed.keyId).toBe('mk1');
    expect(Buffer.from(sealed?.sealed.box ?? []).toString()).toBe('sealed');
    expect(JSON.stringify(credentials)).not.toContain('sealed"');
  });

  it('moves its epoch with every change, and with nothing else', async () => {
    const epochs = [await store.epoch(), await store.epoch()];
    const after = async (change: Promise<unknown>): Promise<void> => {
      await change;
      epochs.push(await store.epoch());
    };
    await after(store.add(fresh('one')));
    await after(store.change('one', { weight: 3 }));
    await after(store.move([to('one', 0, { state: 'returned', erases: true })]));
    await after(store.remove('one'));

    await store.claimProbe('none', 0);
    await store.noteRefusal('bfl:none', 'HTTP 401');
    expect(await store.epoch()).toBe(epochs.at(-1));
    expect(epochs[0]).toBe(epochs[1]);
    expect(new Set(epochs.slice(1)).size).toBe(5);
  });

  it('has a key once, and again when its secret is gone', async () => {
    await store.add(fresh('one', { account: 'bfl:same' }));

    await expect(store.add(fresh('two', { account: 'bfl:same' }))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      param: 'secret',
      message: expect.stringContaining('one'),
    });
    await store.move([to('one', 0, { state: 'returned', erases: true })]);
    await store.add(fresh('two', { account: 'bfl:same' }));
    expect((await store.sealed()).map(({ id }) => id)).toEqual(['two']);
  });

  it('has a key replaced by one at a time, and only while it is in use', async () => {
    await store.add(fresh('old'));
    await expect(store.add(fresh('early', { replaces: 'old' }))).rejects.toThrow('old is probing');
    await store.move([to('old', 0)]);

    const rivals = ['a', 'b', 'c'].map(
      async (id) => await store.add(fresh(id, { replaces: 'old' })),
    );
    const outcomes = await Promise.allSettled(rivals);

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(store.add(fresh('x', { replaces: 'none' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('writes the moves of one look together or not at all', async () => {
    await store.add(fresh('old'));
    await store.add(fresh('new'));
    const both = [to('new', 0), to('old', 5, { state: 'draining' })];

    expect(await store.move(both)).toBe(false);
    expect((await found('new'))?.state).toBe('probing');
    expect(await store.move([to('new', 0), to('old', 0, { state: 'draining', note: 'why' })])).toBe(
      true,
    );
    expect(await found('old')).toMatchObject({ state: 'draining', note: 'why', version: 1 });
    expect((await found('new'))?.steps.map(({ state }) => state)).toEqual(['probing', 'active']);
  });

  it('lets one of several make a move', async () => {
    await store.add(fresh('one'));

    const moved = await Promise.all([1, 2, 3, 4].map(async () => await store.move([to('one', 0)])));

    expect(moved.filter(Boolean)).toHaveLength(1);
  });

  it('lets one of several make a probe, and no other until it is told', async () => {
    await store.add(fresh('one'));

    const claims = await Promise.all([1, 2, 3].map(async () => await store.claimProbe('one', 0)));

    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await store.claimProbe('one', 1)).toBe(false);
  });

  it('notes a refusal of a key that is shifted, the first one, and of no other', async () => {
    await store.add(fresh('one'));
    await store.noteRefusal('bfl:one', 'too early');
    await store.move([to('one', 0, { state: 'shifting' })]);
    await store.noteRefusal('bfl:one', 'HTTP 401');
    await store.noteRefusal('bfl:one', 'HTTP 403');

    expect((await found('one'))?.refusal).toBe('HTTP 401');
    expect((await found('one'))?.steps.at(-1)).toMatchObject({ state: 'shifting', share: 0.1 });
  });

  it('keeps no secret of one that is revoked: the table refuses it', async () => {
    await store.add(fresh('one'));

    await expect(store.move([to('one', 0, { state: 'revoked' })])).rejects.toThrow(/erased/);
    expect(await store.move([to('one', 0, { state: 'revoked', erases: true })])).toBe(true);
    expect(await store.sealed()).toEqual([]);
  });

  it('counts tasks that hold a slot, and those whose result is not kept yet', async () => {
    const tenantId = await makeTenant(opened.database);
    const tasks = new PostgresTaskStore(opened.database);
    const made = [];
    for (let index = 0; index < 4; index += 1) {
      const task = makeTask({ tenantId, provider: 'bfl' });
      await tasks.create({ task, idempotency: null, maxQueued: null });
      made.push(task.id);
    }
    const [slot, archiving, retried, over] = made;
    const set = async (id: string | undefined, sql: string): Promise<void> =>
      void (await opened.database.query(`UPDATE tasks SET ${sql} WHERE id = $1`, [id]));
    const attempt = async (id: string | undefined, state: string): Promise<void> =>
      void (await opened.database.query(
        `INSERT INTO attempts (id, task_id, number, provider, account, state, started_at)
         VALUES ('at-' || $1, $1, 1, 'bfl', 'bfl:one', $2, now())`,
        [id, state],
      ));
    await set(slot, `account = 'bfl:one', status = 'handling', dispatch_at = NULL`);
    await set(archiving, `status = 'archiving', dispatch_at = NULL`);
    await attempt(archiving, 'done');
    await set(retried, `status = 'handling'`);
    await attempt(retried, 'failed');
    await set(over, `status = 'success', next_action_at = NULL, dispatch_at = NULL`);
    await attempt(over, 'done');

    expect(await store.inFlight('bfl', 'bfl:one')).toBe(2);
    expect(await store.inFlight('bfl', 'bfl:two')).toBe(0);
  });
});
