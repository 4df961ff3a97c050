import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { isMissing, statusOf } from './s3-error.js';
import type { ClaimOptions } from './store-marker.js';

/** Says which database's outputs the bucket holds. */
export const S3_MARKER = 'taskgate-store.json';

export interface BucketClaim {
  readonly bucket: string;
  readonly storeId: string;
  readonly options: ClaimOptions;
}

/**
 * Writes the marker, or compares it: the same rule as the local store's.
 * @throws Error when it names another store, or is missing though it must exist; the SDK's own else
 */
export async function claimBucket(
  client: S3Client,
  { bucket, storeId, options }: BucketClaim,
): Promise<'claimed' | 'matches'> {
  const found = await readMarker(client, bucket);
  if (found === null && options.mustExist === true) {
    throw new Error(
      `The bucket "${bucket}" has no ${S3_MARKER}, but its database has kept outputs in store ${storeId} before. ` +
        'Set OUTPUT_STORE and S3_BUCKET to the store used so far, or copy all of it into this bucket.',
    );
  }
  if (found === null) await writeMarker(client, bucket, storeId);
  const winner = found ?? (await readMarker(client, bucket));
  if (winner === storeId) return found === null ? 'claimed' : 'matches';
  throw new Error(
    `The bucket "${bucket}" belongs to store ${winner ?? 'unknown'}, not to ${storeId} of this database. ` +
      'Give every database a bucket of its own: check S3_BUCKET and DATABASE_URL.',
  );
}

async function readMarker(client: S3Client, bucket: string): Promise<string | null> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: S3_MARKER }));
    return storeOf((await Body?.transformToString()) ?? '');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Never over another one, where the store knows the condition; who lost reads the winner's. */
async function writeMarker(client: S3Client, bucket: string, storeId: string): Promise<void> {
  const marker = { Bucket: bucket, Key: S3_MARKER, Body: JSON.stringify({ store: storeId }) };
  try {
    await client.send(new PutObjectCommand({ ...marker, IfNoneMatch: '*' }));
  } catch (error) {
    const status = statusOf(error);
    if (status === 412 || status === 409) return;
    if (status !== 501) throw error;
    await client.send(new PutObjectCommand(marker));
  }
}

function storeOf(text: string): string {
  try {
    const marker: unknown = JSON.parse(text);
    const hasStore = typeof marker === 'object' && marker !== null && 'store' in marker;
    return hasStore && typeof marker.store === 'string' ? marker.store : 'unknown';
  } catch {
    return 'unknown';
  }
}
