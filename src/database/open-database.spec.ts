import { createEmptyDatabase, createTestDatabase } from '../../test/support/database.js';
import type { TestDatabase } from '../../test/support/database.js';
import { DatabaseLine } from '../../test/support/database-line.js';
import { until } from '../../test/support/until.js';
import { readSettings } from '../config/read-settings.js';
import { DatabaseUrl } from './database-url.js';
import { DatabaseUnreachable, openDatabase } from './open-database.js';

const settings = readSettings({});

describe('opening the database', () => {
  let database: TestDatabase;
  let line: DatabaseLine;
  let url: DatabaseUrl;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  beforeEach(async () => {
    line = await DatabaseLine.open(database.url.value);
    url = new DatabaseUrl(line.url);
  });
  afterEach(() => line.close());

  const connectionsEnded = (): Promise<true> =>
    until('its connections to end', async () => {
      const others: unknown[] = await database.dataSource.query(
        'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      return others.length === 0 || undefined;
    });

  it('waits for one that is not there yet, and says so once', async () => {
    await line.cut();
    const said: string[] = [];
    const restored: Promise<void>[] = [];
    const dataSource = await openDatabase(url, settings, {
      ownServer: false,
      say: (text) => {
        said.push(text);
        restored.push(line.restore());
      },
    });
    await Promise.all(restored);
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await dataSource.destroy();
    expect(said).toEqual([expect.stringMatching(/^Waiting for PostgreSQL at 127\.0\.0\.1:\d+\/test_\w+ \(/)]);
  });

  it('gives up in the end, in one line without the password', async () => {
    await line.cut();
    const opening = openDatabase(url, settings, { ownServer: false, patienceMs: 0 });
    await expect(opening).rejects.toThrow(DatabaseUnreachable);
    await expect(opening).rejects.toThrow(/^The database at [\w.]+:\d+\/\w+ can't be used: .*ECONNREFUSED/);
  });

  it('does not wait for what waiting does not mend', async () => {
    const elsewhere = new URL(url.value);
    elsewhere.pathname = '/nowhere';
    // With the patience it has otherwise, the test would run out of time.
    await expect(
      openDatabase(new DatabaseUrl(elsewhere.href), settings, { ownServer: false, patienceMs: 3_600_000 }),
    ).rejects.toThrow(`The database at ${elsewhere.host}/nowhere can't be used: database "nowhere" does not`);
  });

  it('refuses a server that is too old, and leaves no connection there', async () => {
    await expect(openDatabase(url, settings, { ownServer: false, oldestServer: 9_900_000 })).rejects.toThrow(
      'is older than PostgreSQL 15',
    );
    await connectionsEnded();
  });

  it('refuses a database that can’t hold every name, and says what to do', async () => {
    const latin = await createEmptyDatabase(`ENCODING 'LATIN1' LOCALE 'C'`);
    await expect(openDatabase(latin.url, settings, { ownServer: false })).rejects.toThrow(
      /has the encoding LATIN1, .* ENCODING 'UTF8'/,
    );
    await latin.drop();
  });

  it('leaves no connection behind when it fails half way', async () => {
    const rows = await database.dataSource.query<{ name: string }[]>(
      `SELECT max(inhrelid::regclass::text) AS name FROM pg_inherits WHERE inhparent = 'quotes'::regclass`,
    );
    const month = rows[0]?.name ?? '';
    // Its name stays taken.
    await database.dataSource.query(`ALTER TABLE quotes DETACH PARTITION ${month}`);
    await expect(openDatabase(url, settings, { ownServer: false })).rejects.toThrow('already exists');
    await connectionsEnded();
    await database.dataSource.query(`DROP TABLE ${month}`);
  });

  it.each([
    ['is its own', true, false],
    ['is shared', false, true],
  ])('on a server that %s, a lease from before holds: %j -> %j', async (_what, ownServer, holds) => {
    await database.dataSource.query(
      `INSERT INTO etl_checkpoints (source, fence, lease_owner, lease_expires_at, next_due_at)
       VALUES ('csv', 1, 'somebody', now() + interval '1 hour', now())
       ON CONFLICT (source) DO UPDATE SET lease_expires_at = excluded.lease_expires_at`,
    );
    const dataSource = await openDatabase(url, settings, { ownServer });
    expect(await dataSource.query('SELECT lease_expires_at > now() AS holds FROM etl_checkpoints')).toEqual([
      { holds },
    ]);
    await dataSource.destroy();
  });
});
