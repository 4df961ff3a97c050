import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Database } from './database.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(async () => await opened.close());

const AWAY = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 2 };
/** Ends every other connection to the same database, as a restart of Postgres does. */
const KILL_OTHERS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

describe('a Database whose Postgres is away', () => {
  const toClose: Database[] = [];
  const awayDatabase = (): Database => {
    // Port 1 is reserved (tcpmux) and nothing listens there: the connection is refused at once.
    const database = new Database('postgresql://nobody@127.0.0.1:1/none', { maxConnections: 2 });
    toClose.push(database);
    return database;
  };
  afterEach(async () => {
    await Promise.all(toClose.splice(0).map(async (database) => await database.close()));
  });

  it.each<[string, (database: Database) => Promise<unknown>]>([
    ['a statement', async (database) => await database.query('SELECT 1', [])],
    ['a ping', async (database) => await database.ping()],
    ['a Prisma read', async (database) => await database.read((prisma) => prisma.task.count())],
    ['a transaction', async (database) => await database.transaction(async () => undefined)],
  ])('answers %s with SERVICE_UNAVAILABLE', async (_, run) => {
    await expect(run(awayDatabase())).rejects.toMatchObject(AWAY);
  });
});

describe('Database', () => {
  it('survives connections that end while they are idle', async () => {
    const { database, url } = opened;
    await Promise.all([database.ping(), database.ping()]);
    const other = new Database(url, { maxConnections: 1 });

    await other.query(KILL_OTHERS, []);
    await other.close();

    await expect
      .poll(
        async () =>
          await database.ping().then(
            () => 'ok',
            () => 'away',
          ),
      )
      .toBe('ok');
  });

  it('survives a connection that ends inside a transaction, and rolls back', async () => {
    const { database, url } = opened;
    const other = new Database(url, { maxConnections: 1 });

    const broken = database.transaction(async (client) => {
      await client.query("INSERT INTO tenants (id, name, source) VALUES ('tn_1', 'lost', 'admin')");
      const ended = new Promise((resolve) => client.once('end', resolve));
      await other.query(KILL_OTHERS, []);
      await ended;
    });

    await expect(broken).rejects.toMatchObject(AWAY);
    await other.close();
    expect(await database.query(`SELECT id FROM tenants WHERE source <> 'operators'`, [])).toEqual(
      [],
    );
  });

  it('rolls back what a failing transaction wrote and passes its error on', async () => {
    const { database } = opened;

    const failing = database.transaction(async (client) => {
      await client.query("INSERT INTO tenants (id, name, source) VALUES ('tn_2', 'lost', 'admin')");
      throw new TypeError('a bug of ours');
    });

    await expect(failing).rejects.toThrow(new TypeError('a bug of ours'));
    expect(await database.query(`SELECT id FROM tenants WHERE source <> 'operators'`, [])).toEqual(
      [],
    );
  });

  it('leaves a wrong statement a bug', async () => {
    await expect(opened.database.query('SELECT nothing FROM nowhere', [])).rejects.toMatchObject({
      code: '42P01',
    });
  });
});
