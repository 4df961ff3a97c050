import { describeOutputStore } from './describe-output-store.js';
import { InMemoryOutputStore } from './in-memory-output.store.js';

describeOutputStore('InMemoryOutputStore', async () => ({
  store: new InMemoryOutputStore(),
  leftovers: async () => [],
  [Symbol.asyncDispose]: async () => undefined,
}));
