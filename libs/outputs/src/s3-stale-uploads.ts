import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** An upload this old belongs to a process that is gone. */
const STALE_MS = 24 * 3_600_000;

/**
 * Drops the parts of uploads that crashed writers left; they are paid for and shown nowhere. One page
 * at each start is enough. A store that cannot list them has its own rule for them.
 */
export async function dropStaleUploads(
  client: S3Client,
  bucket: string,
  nowMs: number,
): Promise<void> {
  const { Uploads = [] } = await client
    .send(new ListMultipartUploadsCommand({ Bucket: bucket }))
    .catch(() => ({ Uploads: [] }));
  for (const { Key, UploadId, Initiated } of Uploads) {
    if (!Initiated || nowMs - Initiated.getTime() <= STALE_MS) continue;
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  }
}
