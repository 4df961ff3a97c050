import { join } from 'node:path';
import { LocalOutputStore } from './local-output-store.js';
import type { OutputStore } from './output-store.js';
import type { S3Settings } from './s3-client.js';
import { S3OutputStore } from './s3-output-store.js';

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
      ? new S3OutputStore(outputStore)
      : new LocalOutputStore(join(dataDir, 'outputs'));
  await store.claim(instance.outputStoreId, { mustExist: instance.outputStoreUsed });
  return store;
}
