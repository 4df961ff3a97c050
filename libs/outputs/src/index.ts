export {
  OutputStore,
  type ByteRange,
  type LinkedContent,
  type ListedObject,
  type PutLimits,
  type StoredBytes,
} from './output-store.js';
export { LocalOutputStore } from './local-output-store.js';
export { openOutputStore, type OutputStoreChoice } from './open-output-store.js';
export { S3OutputStore } from './s3-output-store.js';
export type { S3Settings } from './s3-client.js';
export type { ClaimOptions } from './store-marker.js';
export {
  Archivist,
  type ArchivistOptions,
  type FetchOutput,
  type KeepBytes,
  type StoredOutput,
} from './archive.js';
export { ArchiveError, type ArchiveErrorOptions, type ArchiveFailure } from './archive-error.js';
export { inputKey, outputKey } from './output-key.js';
export { sniffMediaType, type MediaKind, type MediaType } from './media-type.js';
export { Inspection } from './inspection.js';
export type { ThroughputRules } from './throughput.js';
export { OutputLinks } from './output-links.js';
export { parseByteRange } from './byte-range.js';
