import { describeLedgerStore } from './describe-ledger-store.js';
import { InMemoryLedgerStore } from './in-memory-ledger.store.js';

describeLedgerStore('InMemoryLedgerStore', async () => new InMemoryLedgerStore());
