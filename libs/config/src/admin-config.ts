import type { Secret } from './secret.js';
import { Variables } from './variables.js';

/**
 * What operators' commands read of the environment. Each setting is asked for when a command needs
 * it: a proof about Postgres needs no Redis.
 */
export class AdminConfig {
  private readonly variables: Variables;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.variables = new Variables(environment);
  }

  /** @throws ConfigError */
  databaseUrl(): Secret {
    return this.variables.requiredSecret('DATABASE_URL', 'a postgres:// address');
  }

  /** @throws ConfigError */
  redisUrl(): Secret {
    return this.variables.requiredSecret('REDIS_URL', 'a redis:// address');
  }

  /** @throws ConfigError */
  masterKey(): Secret {
    return this.variables.requiredSecret(
      'MASTER_KEY',
      '32 bytes in base64 (openssl rand -base64 32)',
    );
  }
}
