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
export {
  MEDIA_KINDS,
  sniffMediaType,
  type MediaKind,
  type MediaType,
  type OutputKind,
} from './media-type.js';
export { measure } from './measure.js';
export type { Dimensions } from './media-check.js';
export { Inspection } from './inspection.js';
export type { ThroughputRules } from './throughput.js';
export { InputLinks } from './input-links.js';
export { OutputLinks } from './output-links.js';
export { parseByteRange } from './byte-range.js';
