import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from '../../../tools/start/free-port.mjs';

/** rclone's own S3 server (https://rclone.org/commands/rclone_serve_s3/) on a folder of this test run. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Makes an empty bucket. */
  readonly newBucket: () => Promise<string>;
  /** Keys of uploads that began and neither ended nor were aborted. */
  readonly openUploads: (bucket: string) => Promise<readonly string[]>;
}

const START_WITHIN_MS = 20_000;

/** @throws Error when `RCLONE` is not set or the server does not start */
export async function startS3Server(): Promise<S3Server> {
  const command = process.env['RCLONE'];
  if (!command) throw new Error('RCLONE is not set; run these tests by npm run test:conformance');
  const folder = await mkdtemp(join(tmpdir(), 'taskgate-s3-'));
  const port = await freePort();
  const accessKeyId = 'taskgate-key';
  const secretAccessKey = 'taskgate-secret';
  const flags = ['--auth-key', `${accessKeyId},${secretAccessKey}`, '--config', '/dev/null'];
  const child = spawn(
    command,
    ['serve', 's3', ...flags, '--addr', `127.0.0.1:${port}`, '--vfs-cache-mode', 'off', folder],
    { stdio: ['ignore', 'ignore', 'ignore'], env: { HOME: folder, PATH: process.env['PATH'] } },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await answers(endpoint);
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  let buckets = 0;
  return {
    endpoint,
    port,
    accessKeyId,
    secretAccessKey,
    newBucket: async () => {
      buckets += 1;
      const Bucket = `bucket-${buckets}`;
      await client.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
    openUploads: async (bucket) => {
      // It says NoSuchUpload of a bucket that never had one.
      const { Uploads = [] } = await client
        .send(new ListMultipartUploadsCommand({ Bucket: bucket }))
        .catch((error: unknown) => {
          if (error instanceof Error && error.name === 'NoSuchUpload') return { Uploads: [] };
          throw error;
        });
      return Uploads.map(({ Key = '' }) => Key);
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function answers(endpoint: string): Promise<void> {
  const giveUpAt = Date.now() + START_WITHIN_MS;
  while (Date.now() < giveUpAt) {
    const answer = await fetch(endpoint).catch(() => null);
    await answer?.body?.cancel();
    if (answer) return;
    await delay(50);
  }
  throw new Error(`The S3 server does not answer on ${endpoint}`);
}
