import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CallbackSecrets } from './callback-secrets.js';
import { Keyring } from './keyring.js';
import { InMemoryTenantStore } from './testing/in-memory-tenant.store.js';

const START = new Date('2026-11-22T12:00:00.000Z');
const after = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);

let now: Date;
let made: number;
let ring: Keyring;
let store: InMemoryTenantStore;
let secrets: CallbackSecrets;
let unusable: string[];
/** Stands for the real check, which wants more bytes. */
const check = (secret: string): void => {
  if (!/^whsec_./.test(secret)) throw new Error('too short');
};
const open = (generate = () => `whsec_${(made += 1)}`): CallbackSecrets =>
  new CallbackSecrets(store, () => ring, {
    generate,
    check,
    onUnusable: (tenantId) => unusable.push(tenantId),
    now: () => now,
  });
beforeEach(() => {
  now = START;
  made = 0;
  ring = new Keyring(Buffer.alloc(32, 1));
  store = new InMemoryTenantStore();
  unusable = [];
  secrets = open();
});

describe('CallbackSecrets', () => {
  it('makes a tenant’s first secret when it is first asked for, and keeps it', async () => {
    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_1']);
    expect(await secrets.current('tn_1')).toBe('whsec_1');
    expect(made).toBe(1);
  });

  it('agrees on one first secret when asked several times at once', async () => {
    const answers = await Promise.all([secrets.current('tn_1'), secrets.current('tn_1')]);

    expect(new Set(answers).size).toBe(1);
  });

  it('writes it once, however many callbacks of a new tenant ask at once', async () => {
    const writes = vi.spyOn(store, 'addFirstCallbackSecret');

    await Promise.all(Array.from({ length: 100 }, async () => await secrets.secretsOf('tn_1')));

    expect(writes).toHaveBeenCalledTimes(1);
  });

  it('tries again when the first could not be written', async () => {
    vi.spyOn(store, 'addFirstCallbackSecret').mockRejectedValueOnce(new Error('Postgres is away'));

    await expect(secrets.secretsOf('tn_1')).rejects.toThrow('Postgres is away');
    expect(await secrets.secretsOf('tn_1')).toHaveLength(1);
  });

  it('gives each tenant its own', async () => {
    expect(await secrets.current('tn_1')).not.toBe(await secrets.current('tn_2'));
  });

  it('signs with both after a rotation, newest first, until the grace of a day is over', async () => {
    await secrets.current('tn_1');
    now = after(10);

    expect(await secrets.rotate('tn_1', 86_400)).toBe('whsec_2');

    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_2', 'whsec_1']);
    now = after(10 + 86_399);
    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_2', 'whsec_1']);
    now = after(10 + 86_400);
    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_2']);
  });

  it('rotates before there was a first', async () => {
    expect(await secrets.rotate('tn_1', 86_400)).toBe('whsec_1');
    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_1']);
  });

  it('ends all of them by a rotation without grace', async () => {
    await secrets.rotate('tn_1', 604_800);
    now = after(1);
    await secrets.rotate('tn_1', 604_800);
    now = after(2);

    await secrets.rotate('tn_1', 0);

    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_3']);
  });

  it('never signs with one for longer than it was told before', async () => {
    await secrets.current('tn_1');
    await secrets.rotate('tn_1', 60);
    now = after(1);
    await secrets.rotate('tn_1', 604_800);

    now = after(60);

    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_3', 'whsec_2']);
  });

  it('signs with ten at most: the oldest ends first', async () => {
    for (let second = 0; second < 12; second += 1) {
      now = after(second);
      await secrets.rotate('tn_1', 86_400);
    }

    const inForce = Array.from({ length: 10 }, (_, index) => `whsec_${12 - index}`);
    expect(await secrets.secretsOf('tn_1')).toEqual(inForce);
    expect(await store.callbackSecrets(['tn_1'])).toHaveLength(10);
  });

  it('keeps nothing readable in the rows', async () => {
    await secrets.current('tn_1');

    const [row] = await store.callbackSecrets(['tn_1']);

    expect(Buffer.from(row?.box ?? []).includes('whsec')).toBe(false);
    expect(row?.keyId).toBe(ring.currentKeyId);
  });

  it('opens old rows after the master key was replaced in front', async () => {
    await secrets.current('tn_1');

    ring = new Keyring(Buffer.alloc(32, 2), Buffer.alloc(32, 1));

    expect(await secrets.current('tn_1')).toBe('whsec_1');
  });

  it('asks the store once for all that want to know at once, and anew for whoever comes later', async () => {
    await Promise.all([secrets.current('tn_1'), secrets.current('tn_2')]);
    const asked = vi.spyOn(store, 'callbackSecrets');
    const both = ['tn_1', 'tn_2'];

    const answers = await Promise.all(both.map(async (id) => await secrets.current(id)));
    await secrets.current('tn_1');

    expect(new Set(answers)).toEqual(new Set(['whsec_1', 'whsec_2']));
    expect(asked.mock.calls).toEqual([[both], [['tn_1']]]);
  });

  it('sees a rotation by another process at once', async () => {
    const other = open();
    await secrets.current('tn_1');

    const rotated = await other.rotate('tn_1', 60);

    expect(await secrets.secretsOf('tn_1')).toEqual([rotated, 'whsec_1']);
  });

  it('asks anew after the store has failed', async () => {
    vi.spyOn(store, 'callbackSecrets').mockRejectedValueOnce(new Error('away'));

    await expect(secrets.current('tn_1')).rejects.toThrow('away');
    expect(await secrets.current('tn_1')).toBe('whsec_1');
  });

  it('opens each secret once', async () => {
    await secrets.current('tn_1');
    const opens = vi.spyOn(ring, 'open');

    await secrets.rotate('tn_1', 60);
    await secrets.secretsOf('tn_1');
    await secrets.secretsOf('tn_1');

    expect(opens).toHaveBeenCalledTimes(1);
  });

  it('gives nothing out, and tells, when one cannot be opened', async () => {
    await secrets.current('tn_1');
    await secrets.rotate('tn_1', 60);
    ring = new Keyring(Buffer.alloc(32, 9));

    await expect(open().secretsOf('tn_1')).rejects.toThrow('not in MASTER_KEY');
    expect(unusable).toEqual(['tn_1']);
  });

  it('gives nothing out when a row was changed after it had been opened', async () => {
    await secrets.current('tn_1');
    const [row] = await store.callbackSecrets(['tn_1']);
    const box = Buffer.from(row?.box ?? []).map((byte) => byte ^ 1);
    vi.spyOn(store, 'callbackSecrets').mockResolvedValue(row ? [{ ...row, box }] : []);

    await expect(secrets.secretsOf('tn_1')).rejects.toThrow('was changed');
    expect(unusable).toEqual(['tn_1']);
  });

  it.each(['', 'whsec_'])('never keeps the secret "%s"', async (weak) => {
    const careless = open(() => weak);

    await expect(careless.current('tn_1')).rejects.toThrow('too short');
    await expect(careless.rotate('tn_1', 60)).rejects.toThrow('too short');
    expect(await store.callbackSecrets(['tn_1'])).toEqual([]);
  });

  it('gives no weak secret out that is in a row', async () => {
    const id = 'cs_weak';
    const context = { purpose: 'callback-secret', rowId: `tn_1/${id}` };
    const box = ring.seal(context, 'whsec_');
    await store.addFirstCallbackSecret({
      id,
      tenantId: 'tn_1',
      createdAt: now,
      expiresAt: null,
      ...box,
    });

    await expect(secrets.secretsOf('tn_1')).rejects.toThrow('too short');
    expect(unusable).toEqual(['tn_1']);
  });
});
