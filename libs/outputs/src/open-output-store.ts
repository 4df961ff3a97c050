import { join } from 'node:path';
import { LocalOutputStore } from './local-output-store.js';
import type { OutputStore } from './output-store.js';
import type { S3Settings } from './s3-client.js';

export interface OutputStoreChoice {
  /** The local store is a folder in it. */
  readonly dataDir: string;
  readonly outputStore: { readonly kind: 'local' } | ({ readonly kind: 's3' } & S3Settings);
}

/** The store that the configuration names, claimed for the database it belongs to. @throws Error */
export async function openOutputStore(
  { dataDir, outputStore }: OutputStoreChoice,
  instance: { readonly outputStoreId: string; readonly outputStoreUsed: boolean },
): Promise<OutputStore> {
  const store =
    outputStore.kind === 's3'
      ? await openS3(outputStore)
      : new LocalOutputStore(join(dataDir, 'outputs'));
  await store.claim(instance.outputStoreId, { mustExist: instance.outputStoreUsed });
  return store;
}

/** Loaded where it is asked for: the SDK takes a quarter of a second, which nobody else should wait. */
async function openS3(settings: S3Settings) {
  const { S3OutputStore } = await import('./s3-output-store.js');
  return new S3OutputStore(settings);
}
