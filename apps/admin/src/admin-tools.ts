import { type AdminConfig, setting } from '@app/config';
import { Database } from '@app/database';
import { type Keyring, parseKeyring } from '@app/tenants';

/** What commands work with, opened when it is first asked for. */
export class AdminTools {
  private opened: Database | undefined;

  constructor(
    private readonly config: AdminConfig,
    /** Tells the operator of something before the end; goes to standard error. */
    readonly tell: (line: string) => void,
  ) {}

  /** @throws ConfigError */
  get database(): Database {
    this.opened ??= new Database(this.config.databaseUrl().reveal(), { maxConnections: 4 });
    return this.opened;
  }

  /** @throws ConfigError */
  get redisUrl(): string {
    return this.config.redisUrl().reveal();
  }

  /** @throws ConfigError */
  get keyring(): Keyring {
    return setting('MASTER_KEY', () => parseKeyring(this.config.masterKey().reveal()));
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }
}
