export { describeOutputStore, type StoreUnderTest } from './describe-output-store.js';
