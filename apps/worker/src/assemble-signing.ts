import {
  callbackSecretBytes,
  CallbackSigningKey,
  newCallbackSecret,
  newSigningKey,
} from '@app/callbacks';
import type { Config } from '@app/config';
import { type Database, openCallbackKey, PostgresTenantStore } from '@app/database';
import type { Logger, Metrics } from '@app/observability';
import { CallbackSecrets, type Keyring } from '@app/tenants';

interface Means {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What callbacks are signed with: the secrets of their tenants, and the installation's key where it is asked for. */
export async function assembleSigning(config: Config, means: Means) {
  return { secrets: callbackSecrets(means), signingKey: await signingKey(config, means) };
}

/** A delivery whose secrets cannot be used waits, unsent and uncounted, until a person has seen to it. */
function callbackSecrets({ database, keyring, metrics, logger }: Means): CallbackSecrets {
  return new CallbackSecrets(new PostgresTenantStore(database), () => keyring, {
    generate: newCallbackSecret,
    check: callbackSecretBytes,
    onUnusable: (tenantId, error) => {
      metrics.secretsUnusable.inc();
      logger.error({ tenantId, err: error }, 'callbacks wait: a signing secret cannot be used');
    },
  });
}

async function signingKey(
  config: Config,
  { database, keyring }: Means,
): Promise<CallbackSigningKey | undefined> {
  if (!config.callbackEd25519) return undefined;
  return new CallbackSigningKey(await openCallbackKey(database, keyring, newSigningKey));
}
