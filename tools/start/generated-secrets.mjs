import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { rememberedSecret } from './remembered-secret.mjs';

/**
 * The secrets that the gateway needs and the user need not know: made on the first start, kept in
 * DATA_DIR. A lost MASTER_KEY means that nothing encrypted can be read again.
 * @param {string} dataDir
 * @returns {{ adminToken: string, masterKey: string }}
 */
export function generatedSecrets(dataDir) {
  const folder = join(dataDir, 'secrets');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    adminToken: rememberedSecret(join(folder, 'admin-token')),
    masterKey: rememberedSecret(join(folder, 'master-key'), () =>
      randomBytes(32).toString('base64'),
    ),
  };
}
