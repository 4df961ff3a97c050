export { describeOutputStore, type StoreUnderTest } from './describe-output-store.js';
export { InMemoryOutputStore } from './in-memory-output.store.js';
export { type FileServer, fileServer } from './file-server.js';
export { fixture } from './fixture.js';
export { type TemporaryFolder, temporaryFolder } from './temporary-folder.js';
