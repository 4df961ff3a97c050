import { PrismaPg } from '@prisma/adapter-pg';
import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import { PrismaClient } from './generated/client.js';
import { asUnavailable } from './unavailable.js';

/** One pool for everything: Prisma for reads and cold paths, hand-written statements for the hot ones. */
export class Database {
  readonly prisma: PrismaClient;
  private readonly pool: Pool;

  constructor(url: string, options: { readonly maxConnections: number }) {
    this.pool = new Pool({
      connectionString: url,
      max: options.maxConnections,
      // A request must be answered 503, not hang, while Postgres is away.
      connectionTimeoutMillis: 2_000,
      statement_timeout: 10_000,
      query_timeout: 12_000,
      // A process that is stopped in the middle of a transaction must not hold its locks for good.
      idle_in_transaction_session_timeout: 30_000,
      keepAlive: true,
    });
    // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
    this.pool.on('error', ignore);
    this.prisma = new PrismaClient({
      adapter: new PrismaPg(this.pool, { disposeExternalPool: false }),
    });
  }

  /** @throws GatewayError SERVICE_UNAVAILABLE when Postgres cannot be reached */
  async query<Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    return await this.guard(async () => (await this.pool.query<Row>(text, [...values])).rows);
  }

  /** Runs Prisma calls with the same promise about errors as `query`. */
  async read<T>(run: (prisma: PrismaClient) => Promise<T>): Promise<T> {
    return await this.guard(async () => await run(this.prisma));
  }

  /** One transaction on one connection; rolled back when `run` fails. */
  async transaction<T>(run: (client: PoolClient) => Promise<T>): Promise<T> {
    return await this.guard(async () => {
      const client = await this.pool.connect();
      // Nobody but us listens to a connection that is taken out; if it ends between two statements, the next one says so.
      client.on('error', ignore);
      try {
        await client.query('BEGIN');
        const result = await run(client);
        await client.query('COMMIT');
        client.off('error', ignore);
        client.release();
        return result;
      } catch (error) {
        // Locks must be gone when the caller learns of it; with a connection that broke, dropping it is all there is.
        const isRolledBack = asUnavailable(error) === error && (await rollBack(client));
        if (isRolledBack) client.off('error', ignore);
        client.release(!isRolledBack);
        throw error;
      }
    });
  }

  /** By the clock of Postgres. */
  async now(): Promise<Date> {
    const [row] = await this.query<{ now: Date }>('SELECT clock_timestamp() AS now', []);
    if (!row) throw new Error('Postgres did not tell its time');
    return row.now;
  }

  async ping(): Promise<void> {
    await this.query('SELECT 1', []);
  }

  async close(): Promise<void> {
    await this.prisma.$disconnect();
    await this.pool.end();
  }

  private async guard<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

async function rollBack(client: PoolClient): Promise<boolean> {
  return await client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

const ignore = (): void => undefined;
