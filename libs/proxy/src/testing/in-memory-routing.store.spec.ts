import { describeRoutingStore } from './describe-routing-store.js';
import { InMemoryRoutingStore } from './in-memory-routing.store.js';

describeRoutingStore('InMemoryRoutingStore', async () => new InMemoryRoutingStore());
