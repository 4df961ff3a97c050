export { OutputStore, type ByteRange, type PutLimits, type StoredBytes } from './output-store.js';
export { LocalOutputStore } from './local-output-store.js';
export type { ClaimOptions } from './store-marker.js';
export {
  Archivist,
  type ArchivistOptions,
  type FetchOutput,
  type KeepBytes,
  type StoredOutput,
} from './archive.js';
export { ArchiveError, type ArchiveErrorOptions, type ArchiveFailure } from './archive-error.js';
export { outputKey } from './output-key.js';
export type { MediaKind } from './media-type.js';
export type { ThroughputRules } from './throughput.js';
export { OutputLinks } from './output-links.js';
export { parseByteRange } from './byte-range.js';
