import { GatewayError } from '@app/errors';
import { type OutputStore, parseByteRange } from '@app/outputs';
import type { StoredFacts } from '@app/tasks';
import type { FastifyReply } from 'fastify';

/** The bytes, or the part that a `Range` header asks for, out of the store. @throws GatewayError NOT_FOUND */
export async function sendStored(
  reply: FastifyReply,
  store: OutputStore,
  { facts, range }: { readonly facts: StoredFacts; readonly range: string | undefined },
): Promise<void> {
  const part = parseByteRange(range, facts.bytes);
  if (part === 'unsatisfiable') {
    return void (await reply.status(416).header('content-range', `bytes */${facts.bytes}`).send());
  }
  const found = await store.open(facts.key, part ?? undefined);
  if (!found) throw new GatewayError('NOT_FOUND', 'The bytes of this output are gone.');
  const { start, end } = part ?? { start: 0, end: facts.bytes - 1 };
  if (part) void reply.status(206).header('content-range', `bytes ${start}-${end}/${facts.bytes}`);
  await reply.header('content-length', end - start + 1).send(found.body);
}

/** Outputs share an origin with pages of ours: whatever they hold must never run as a page. */
export function describeStored(reply: FastifyReply, facts: StoredFacts): void {
  void reply.headers({
    'content-type': facts.mime,
    'accept-ranges': 'bytes',
    etag: etagOfStored(facts),
    'cache-control': 'private, max-age=3600',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'content-disposition': 'inline',
    'cross-origin-resource-policy': 'cross-origin',
  });
}

export const etagOfStored = (facts: StoredFacts): string => `"${facts.sha256}"`;
