import { randomUUID } from 'node:crypto';
import { failed, type InputObject, type Task } from '@app/tasks';
import {
  createQueued,
  createSuccess,
  FAR_FUTURE,
  makeContext,
  makeLinked,
  NOON,
} from '@app/tasks/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresInputStore } from './postgres-input.store.js';
import { PostgresRetentionStore } from './postgres-retention.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant, postgresHarness } from './testing/postgres-harness.js';

let opened: OpenTestDatabase;
let retention: PostgresRetentionStore;
let inputs: PostgresInputStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  retention = new PostgresRetentionStore(opened.database);
  inputs = new PostgresInputStore(opened.database);
});
afterAll(async () => await opened.close());

const ALL = 10_000;
const LATER = new Date(NOON.getTime() + 60_000);

async function makeInput(fields: Partial<InputObject> = {}): Promise<InputObject> {
  const id = `in-${randomUUID()}`;
  const input: InputObject = {
    id,
    tenantId: await makeTenant(opened.database),
    key: `inputs/${id}`,
    mime: 'image/png',
    bytes: 182_733,
    sha256: 'ab'.repeat(32),
    createdAt: NOON,
    expireAt: NOON,
    ...fields,
  };
  await inputs.add(input);
  return input;
}

/** A finished task with one output in the store. */
async function makeDone(expireAt: Date): Promise<{ readonly task: Task; readonly key: string }> {
  const harness = postgresHarness(opened.database);
  const { task, outputs } = await createSuccess(harness, {}, [makeLinked({ expireAt })]);
  return { task, key: outputs[0]?.stored.key ?? '' };
}

describe('PostgresInputStore', () => {
  it('finds an input for its tenant until it expires', async () => {
    const input = await makeInput({ expireAt: LATER });

    expect(await inputs.find(input.tenantId, input.id, NOON)).toEqual(input);
    expect(await inputs.find(input.tenantId, input.id, LATER)).toBeNull();
    expect(await inputs.find(await makeTenant(opened.database), input.id, NOON)).toBeNull();
    expect(await inputs.find(input.tenantId, 'in-unknown', NOON)).toBeNull();
  });

  it('finds an input for who has its link, until it expires', async () => {
    const input = await makeInput({ expireAt: LATER });

    expect(await inputs.findLinked(input.id, NOON)).toEqual(input);
    expect(await inputs.findLinked(input.id, LATER)).toBeNull();
    expect(await inputs.findLinked('in-unknown', NOON)).toBeNull();
  });
});

describe('PostgresRetentionStore', () => {
  it('names objects of outputs and inputs that expired, and forgets them when they are gone', async () => {
    const expired = await makeDone(NOON);
    const kept = await makeDone(FAR_FUTURE);
    const input = await makeInput();

    const keys = await retention.expiredObjects(LATER, ALL);
    expect(keys).toEqual(expect.arrayContaining([expired.key, input.key]));
    expect(keys).not.toContain(kept.key);
    await retention.forgetObjects([...keys, kept.key]);

    expect(await retention.expiredObjects(LATER, ALL)).toEqual([]);
    expect(await retention.unnamed([expired.key, kept.key, input.key])).toEqual(
      expect.arrayContaining([expired.key, input.key]),
    );
    expect(await retention.unnamed([kept.key])).toEqual([]);
  });

  it('names the objects of a task that was erased', async () => {
    const { task, key } = await makeDone(FAR_FUTURE);
    await postgresHarness(opened.database).store.erase(task.tenantId, task.id, NOON);

    expect(await retention.expiredObjects(LATER, ALL)).toContain(key);
  });

  it('drops old tasks that are over and have no object left, with all that hangs on them', async () => {
    const harness = postgresHarness(opened.database);
    const gone = await makeDone(NOON);
    const withObject = await makeDone(FAR_FUTURE);
    const unfinished = await createQueued(harness);
    const young = await createQueued(harness, { createdAt: LATER });
    const error = {
      code: 'TASK_FAILED',
      message: '',
      providerCode: null,
      retryable: false,
    } as const;
    await harness.store.apply(failed(young, error, makeContext()));
    await retention.forgetObjects([gone.key]);

    expect(await retention.dropTasks(LATER, ALL)).toBeGreaterThan(0);

    expect(await harness.store.find(gone.task.id)).toBeNull();
    expect(await harness.store.eventsOf(gone.task.id, -1)).toEqual([]);
    expect(await harness.store.attemptsOf(gone.task.id)).toEqual([]);
    for (const { id } of [withObject.task, unfinished, young])
      expect(await harness.store.find(id)).not.toBeNull();
    expect(await retention.dropTasks(LATER, ALL)).toBe(0);
  });

  it('forgets receivers that nothing is sent to any more, and none that something waits for or that is disabled', async () => {
    const tenantId = await makeTenant(opened.database);
    const [old, recent] = [NOON.getTime(), LATER.getTime()];
    await addReceivers(tenantId, [
      { origin: 'https://old.example', health: { tokensAt: old, failures: 9 } },
      { origin: 'https://recent.example', health: { tokensAt: recent } },
      { origin: 'https://disabled.example', health: { tokensAt: old, disabledAt: old } },
      { origin: 'https://waited-for.example', health: { tokensAt: old }, lookAt: FAR_FUTURE },
    ]);

    expect(await retention.dropReceivers(LATER, ALL)).toBeGreaterThan(0);
    expect(await originsOf(tenantId)).toEqual([
      'https://disabled.example',
      'https://recent.example',
      'https://waited-for.example',
    ]);
  });
});

async function addReceivers(
  tenantId: string,
  receivers: readonly {
    readonly origin: string;
    readonly health: object;
    readonly lookAt?: Date;
  }[],
): Promise<void> {
  await opened.database.query(
    `INSERT INTO callback_receivers (tenant_id, origin, health, look_at)
     SELECT $1, r.origin, r.health, r."lookAt" FROM jsonb_to_recordset($2::jsonb) AS r(origin text, health jsonb, "lookAt" timestamptz)`,
    [tenantId, JSON.stringify(receivers)],
  );
}

async function originsOf(tenantId: string): Promise<readonly string[]> {
  const rows = await opened.database.query<{ origin: string }>(
    'SELECT origin FROM callback_receivers WHERE tenant_id = $1 ORDER BY origin',
    [tenantId],
  );
  return rows.map(({ origin }) => origin);
}
