import { CancelTask, failed, type Task } from '@app/tasks';
import {
  createQueued,
  createSubmitted,
  createSuccess,
  createWithParts,
  FAR_FUTURE,
  makeContext,
  makeLinked,
  NOON,
} from '@app/tasks/testing';
import { issueKey, keyDigest, Keyring, newTenant } from '@app/tenants';
import { makeAuditRow } from '@app/tenants/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstance } from './instance.js';
import { PostgresAuditStore } from './postgres-audit.store.js';
import { PostgresInputStore } from './postgres-input.store.js';
import { PostgresRetentionStore } from './postgres-retention.store.js';
import { PostgresTenantErasureStore } from './postgres-tenant-erasure.store.js';
import { PostgresTenantStore } from './postgres-tenant.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant, postgresHarness } from './testing/postgres-harness.js';

const PEPPER = Buffer.alloc(32, 6);
/** In every place where a tenant's words can be. */
const canaryOf = (tenantId: string): string => `canary-${tenantId.slice(3).toLowerCase()}`;

let opened: OpenTestDatabase;
let erasure: PostgresTenantErasureStore;
let tenants: PostgresTenantStore;
let retention: PostgresRetentionStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  await openInstance(opened.database, new Keyring(Buffer.alloc(32, 1)));
  erasure = new PostgresTenantErasureStore(opened.database, 0);
  tenants = new PostgresTenantStore(opened.database);
  retention = new PostgresRetentionStore(opened.database);
});
afterAll(async () => await opened.close());

async function makeKey(tenantId: string): Promise<string> {
  const { key, row } = issueKey({ tenantId, pepper: PEPPER, now: NOON, name: canaryOf(tenantId) });
  await tenants.createKey(row);
  return key;
}

const full = (tenantId: string): Partial<Task> => ({
  tenantId,
  input: { prompt: canaryOf(tenantId) },
  request: { text: canaryOf(tenantId) },
  metadata: { order: canaryOf(tenantId) },
  callback: { url: `https://${canaryOf(tenantId)}.example/hook`, when: 'all' },
});

/** Of a tenant in full swing: what its rows tell. */
async function furnish(tenantId: string): Promise<void> {
  const harness = postgresHarness(opened.database);
  await createSuccess(harness, full(tenantId), [makeLinked({ expireAt: FAR_FUTURE })]);
  await createSubmitted(harness, full(tenantId));
  const broken = await createQueued(harness, full(tenantId));
  const error = {
    code: 'TASK_FAILED',
    message: canaryOf(tenantId),
    providerCode: canaryOf(tenantId),
    retryable: false,
  } as const;
  await harness.store.apply(failed(broken, error, makeContext()));
  await createQueued(harness, full(tenantId));
  await new PostgresInputStore(opened.database).add({
    id: `in-${tenantId}`,
    tenantId,
    key: `inputs/${tenantId}`,
    mime: 'image/png',
    bytes: 1,
    sha256: 'ab'.repeat(32),
    createdAt: NOON,
    expireAt: FAR_FUTURE,
  });
  await new PostgresAuditStore(opened.database).insert([
    makeAuditRow(`req_${tenantId}`, {
      tenant: tenantId,
      path: '/v1/tasks/tk-01JD0000000000000000000000/cancel',
      clientIp: '192.0.2.77',
    }),
  ]);
  await opened.database.query(
    `INSERT INTO idempotency_keys (tenant_id, key, fingerprint, task_id, expires_at) VALUES ($1, $2, '\\x00', 'tk', $3)`,
    [tenantId, canaryOf(tenantId), FAR_FUTURE],
  );
  await opened.database.query(
    `INSERT INTO callback_secrets (id, tenant_id, box, master_key_id, created_at) VALUES ($1, $2, '\\x00', 'x', now())`,
    [`cs_${tenantId}`, tenantId],
  );
  await opened.database.query(
    `INSERT INTO upstream_objects (object_id, upstream, account, tenant_id, kind, created_at) VALUES ($1, 'openai', 'key', $2, 'files', now())`,
    [`file-${canaryOf(tenantId)}`, tenantId],
  );
}

const cancellation = (): CancelTask =>
  new CancelTask({
    store: postgresHarness(opened.database).store,
    // The vendor of the submitted one cannot stop a job: its task ends by itself.
    providerOf: () => null,
    link: () => 'https://gateway.example/outputs/x',
    signals: { tell: () => undefined },
    onRings: () => undefined,
    onDelivery: () => undefined,
  });

/** As the duties of a worker do: cancel, scrub, take the objects. */
async function turn(tenantId: string): Promise<boolean> {
  for (const taskId of await erasure.unfinishedTasks(tenantId, 100)) {
    await cancellation().cancel(tenantId, taskId);
  }
  let pass = await erasure.scrub(tenantId, null);
  while (pass) pass = await erasure.scrub(tenantId, pass);
  await retention.forgetObjects(await retention.expiredObjects(new Date(), 1_000));
  return await erasure.finish(tenantId);
}

/** Everything that Postgres has of a tenant, as text. */
async function trail(tenantId: string): Promise<string> {
  const tables = [
    'tenants',
    'tenant_keys',
    'tasks',
    'task_metadata',
    'task_events',
    'attempts',
    'outputs',
    'inputs',
    'deliveries',
    'callback_receivers',
    'upstream_objects',
    'callback_secrets',
    'idempotency_keys',
    'audit',
    'audit_log',
  ];
  const texts = await Promise.all(
    tables.map(async (table) => {
      const rows = await opened.database.query<{ row: string }>(
        `SELECT ${table}::text AS row FROM ${table}`,
        [],
      );
      return rows.map(({ row }) => row);
    }),
  );
  expect(texts.flat().join('\n')).toContain(tenantId);
  return texts.flat().join('\n');
}

describe('the erasure of a tenant', () => {
  it('takes rights at once: keys, secrets, settings and the name', async () => {
    const tenantId = await makeTenant(opened.database);
    const { name } = (await tenants.findTenant(tenantId)) ?? {};
    const key = await makeKey(tenantId);
    await furnish(tenantId);
    const epoch = await tenants.epoch();

    expect(await erasure.begin(tenantId)).toBe('erasing');

    expect(await tenants.findKey(keyDigest(PEPPER, key))).toBeNull();
    expect(await tenants.epoch()).not.toBe(epoch);
    expect(await tenants.callbackSecrets([tenantId])).toEqual([]);
    expect(await tenants.findTenant(tenantId)).toMatchObject({ name: `erased:${tenantId}` });
    expect(await erasure.state(tenantId)).toEqual({ erasing: true, erasedAt: null });
    await expect(makeKey(tenantId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await tenants.addFirstCallbackSecret({
      id: 'cs_late',
      tenantId,
      box: Buffer.from('x'),
      keyId: 'x',
      createdAt: NOON,
      expiresAt: null,
    });
    expect(await tenants.callbackSecrets([tenantId])).toEqual([]);
    const again = { id: 'tn_again', name: name ?? '', plan: null, policy: {}, createdAt: NOON };
    await expect(tenants.createTenant(again)).resolves.toMatchObject({ name });
  });

  it('leaves nothing but ids and money, waits for what a vendor cannot stop, and repeats itself', async () => {
    const tenantId = await makeTenant(opened.database);
    await makeKey(tenantId);
    await furnish(tenantId);
    const withParts = await createWithParts(postgresHarness(opened.database), full(tenantId));
    const other = await makeTenant(opened.database);
    await furnish(other);
    expect(withParts).toBeDefined();
    await erasure.begin(tenantId);
    expect(await erasure.erasing(10)).toContain(tenantId);

    expect(await turn(tenantId)).toBe(false);
    const [submitted, ...rest] = await erasure.unfinishedTasks(tenantId, 100);
    expect(rest).toEqual([]);
    const store = postgresHarness(opened.database).store;
    const running = submitted === undefined ? null : await store.find(submitted);
    if (!running) throw new Error('the submitted task is gone');
    const error = {
      code: 'TASK_FAILED',
      message: canaryOf(tenantId),
      providerCode: null,
      retryable: false,
    } as const;
    await store.apply(failed(running, error, makeContext()));

    expect(await turn(tenantId)).toBe(true);

    expect(await erasure.state(tenantId)).toEqual({ erasing: false, erasedAt: expect.any(Date) });
    expect(await erasure.erasing(10)).not.toContain(tenantId);
    expect(await erasure.begin(tenantId)).toBe('erasing');
    expect(await turn(tenantId)).toBe(false);
    const left = await trail(tenantId);
    expect(left).not.toContain(canaryOf(tenantId));
    const own = left.split('\n').filter((row) => row.includes(tenantId));
    expect(own.join('\n')).not.toMatch(/192\.0\.2\.77|01JD0000/);
    expect(own.join('\n')).toContain('/v1/tasks/:id/cancel');
    const rows = await opened.database.query<{ erased: boolean; cost: string }>(
      'SELECT bool_and(erased_at IS NOT NULL AND scrubbed_at IS NOT NULL) AS erased FROM tasks WHERE tenant_id = $1',
      [tenantId],
    );
    expect(rows).toEqual([{ erased: true }]);
    expect(await trail(other)).toContain(canaryOf(other));
    expect(await erasure.state(other)).toEqual({ erasing: false, erasedAt: null });
  });

  it('refuses tenants of INTERNAL_KEYS while they are there, and knows who is no tenant', async () => {
    const entry = { tenant: 'internal-one', digest: keyDigest(PEPPER, 'k'), prefix: 'k' };
    await tenants.upsertInternal([entry]);
    const internal = (await tenants.listTenants()).find(({ name }) => name === 'internal-one');
    const tenantId = internal?.id ?? '';

    expect(await erasure.begin(tenantId)).toBe('internal');
    expect(await erasure.begin('tn_nobody')).toBe('unknown');
    expect(await erasure.begin('tn_operators')).toBe('unknown');
    await tenants.upsertInternal([]);
    expect(await erasure.begin(tenantId)).toBe('erasing');
    await tenants.upsertInternal([entry]);
    expect((await tenants.findKey(entry.digest))?.tenantId).not.toBe(tenantId);
  });

  it('is held up by no name that another tenant has', async () => {
    const tenantId = await makeTenant(opened.database);
    await tenants.createTenant(newTenant(`erased-${tenantId}`, NOON, {}, null));

    expect(await erasure.begin(tenantId)).toBe('erasing');
    expect((await tenants.findTenant(tenantId))?.name).toBe(`erased:${tenantId}`);
  });

  it('does not end while a process may still know a key', async () => {
    const tenantId = await makeTenant(opened.database);
    const patient = new PostgresTenantErasureStore(opened.database);
    await patient.begin(tenantId);

    expect(await patient.finish(tenantId)).toBe(false);
    expect(await erasure.finish(tenantId)).toBe(true);
  });
});
