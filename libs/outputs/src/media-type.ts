import { fileTypeFromBuffer } from 'file-type';

export type MediaKind = 'image' | 'video' | 'audio';

/** What a task can make; sounds are taken as inputs alone. */
export type OutputKind = Exclude<MediaKind, 'audio'>;

/** How the end of a file is told, by container; that of a `stream` is not. */
export type Container = 'png' | 'jpeg' | 'gif' | 'riff' | 'boxes' | 'ebml' | 'stream';

export interface MediaType {
  readonly kind: MediaKind;
  readonly mime: string;
  readonly container: Container;
}

/** So many first bytes decide the type (the sample size that file-type recommends). */
export const SNIFF_BYTES = 4100;

const PNG: MediaType = { kind: 'image', mime: 'image/png', container: 'png' };
const MP4: MediaType = { kind: 'video', mime: 'video/mp4', container: 'boxes' };
const M4A: MediaType = { kind: 'audio', mime: 'audio/mp4', container: 'boxes' };
const OGG: MediaType = { kind: 'audio', mime: 'audio/ogg', container: 'stream' };

/**
 * What a file may be, by the type that its bytes show. Nothing that a browser would run (HTML, SVG,
 * XML) is ever here, because outputs share an origin with the console.
 */
const ALLOWED: ReadonlyMap<string, MediaType> = new Map([
  ['image/png', PNG],
  ['image/apng', PNG],
  ['image/jpeg', { kind: 'image', mime: 'image/jpeg', container: 'jpeg' }],
  ['image/webp', { kind: 'image', mime: 'image/webp', container: 'riff' }],
  ['image/gif', { kind: 'image', mime: 'image/gif', container: 'gif' }],
  ['image/avif', { kind: 'image', mime: 'image/avif', container: 'boxes' }],
  ['video/mp4', MP4],
  ['video/x-m4v', MP4],
  ['video/quicktime', { kind: 'video', mime: 'video/quicktime', container: 'boxes' }],
  ['video/webm', { kind: 'video', mime: 'video/webm', container: 'ebml' }],
  ['audio/mpeg', { kind: 'audio', mime: 'audio/mpeg', container: 'stream' }],
  ['audio/wav', { kind: 'audio', mime: 'audio/wav', container: 'riff' }],
  ['audio/mp4', M4A],
  ['audio/x-m4a', M4A],
  ['audio/ogg', OGG],
  ['audio/ogg; codecs=opus', OGG],
]);

/** Each kind as messages name it, with what is taken of it. */
export const MEDIA_KINDS: Readonly<Record<MediaKind, string>> = {
  image: 'a PNG, JPEG, WebP, GIF or AVIF picture',
  video: 'an MP4, WebM or QuickTime video',
  audio: 'an MP3, WAV, M4A or OGG sound',
};

/** The type of a file by its first bytes; what its headers or its name say is not asked. */
export async function sniffMediaType(head: Buffer): Promise<MediaType | null> {
  const found = await fileTypeFromBuffer(head);
  return (found && ALLOWED.get(found.mime)) ?? null;
}
