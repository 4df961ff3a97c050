import { describeLedgerStore } from '@app/tenants/testing';
import { afterAll, beforeAll } from 'vitest';
import { PostgresLedgerStore } from './postgres-ledger.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(async () => await opened.close());

describeLedgerStore('PostgresLedgerStore', async () => new PostgresLedgerStore(opened.database));
