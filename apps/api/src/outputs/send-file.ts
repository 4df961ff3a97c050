import { GatewayError } from '@app/errors';
import { type OutputStore, parseByteRange } from '@app/outputs';
import type { FastifyReply } from 'fastify';

/** A file in the output store, as its row describes it. */
export interface FileFacts {
  readonly key: string;
  /** By its bytes. */
  readonly mime: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface FileRequest extends FileFacts {
  /** Names the file where it is saved. */
  readonly id: string;
  readonly range: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** The bytes, a part of them, or the way to them. @throws GatewayError NOT_FOUND */
export async function sendFile(
  reply: FastifyReply,
  store: OutputStore,
  file: FileRequest,
): Promise<void> {
  describeFile(reply, file);
  if (file.ifNoneMatch === etag(file)) return void (await reply.status(304).send());
  const link = await linkTo(store, file);
  if (link !== null) return await redirect(reply, link);
  await sendBytes(reply, store, file);
}

/** The bytes, or the part that a `Range` header asks for. @throws GatewayError NOT_FOUND */
export async function sendBytes(
  reply: FastifyReply,
  store: OutputStore,
  file: FileFacts & Pick<FileRequest, 'range'>,
): Promise<void> {
  const { key, bytes } = file;
  const part = parseByteRange(file.range, bytes);
  if (part === 'unsatisfiable') {
    return void (await reply.status(416).header('content-range', `bytes */${bytes}`).send());
  }
  const found = await store.open(key, part ?? undefined);
  if (!found) throw new GatewayError('NOT_FOUND', 'The bytes of this file are gone.');
  const { start, end } = part ?? { start: 0, end: bytes - 1 };
  if (part) void reply.status(206).header('content-range', `bytes ${start}-${end}/${bytes}`);
  await reply.header('content-length', end - start + 1).send(found.body);
}

/** Size and type alone, by the row. */
export async function sendFileHead(reply: FastifyReply, facts: FileFacts): Promise<void> {
  describeFile(reply, facts);
  await reply.header('content-length', facts.bytes).send();
}

/** A presigned link to the store, where it has them; it dies long before anybody could collect it. */
async function linkTo(store: OutputStore, { id, key, mime }: FileRequest): Promise<string | null> {
  const filename = `${id}.${EXTENSION[mime] ?? 'bin'}`;
  return await store.link(key, { mime, filename, seconds: LINK_SECONDS });
}

const LINK_SECONDS = 900;

const EXTENSION: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'audio/mp4': 'm4a',
  'audio/ogg': 'ogg',
};

/** The store answers `Range` itself. Kept by nobody, because the presigned link dies soon. */
async function redirect(reply: FastifyReply, link: string): Promise<void> {
  for (const name of ['content-type', 'accept-ranges', 'etag', 'content-disposition']) {
    void reply.removeHeader(name);
  }
  await reply.status(302).headers({ location: link, 'cache-control': 'no-store' }).send();
}

/** Files share an origin with pages of ours: whatever they hold must never run as a page. */
export function describeFile(reply: FastifyReply, facts: FileFacts): void {
  void reply.headers({
    'content-type': facts.mime,
    'accept-ranges': 'bytes',
    etag: etag(facts),
    'cache-control': 'private, max-age=3600',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'content-disposition': 'inline',
    'cross-origin-resource-policy': 'cross-origin',
  });
}

const etag = ({ sha256 }: FileFacts): string => `"${sha256}"`;
