import { Client } from 'pg';
import { readSettings } from '../../src/config/read-settings.js';
import { createMigratingDataSource } from '../../src/database/data-source.js';
import { migrate, MIGRATION_LOCK } from '../../src/database/migrate.js';
import { openDatabase } from '../../src/database/open-database.js';
import { settledAt } from '../../src/identity/settled-links.queries.js';
import { asAdmin, createEmptyDatabase, createTestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

describe('migrations', () => {
  it('leave no difference to the entities', async () => {
    const database = await createEmptyDatabase();
    const dataSource = createMigratingDataSource(database.url.value);
    try {
      await dataSource.initialize();
      await migrate(dataSource);
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
    } finally {
      await dataSource.destroy();
      await database.drop();
    }
  });

  it('run once when several processes start together, and undo themselves', async () => {
    const database = await createEmptyDatabase();
    const dataSources = Array.from({ length: 4 }, () => createMigratingDataSource(database.url.value));
    try {
      await Promise.all(dataSources.map((dataSource) => dataSource.initialize()));
      const done = await Promise.all(dataSources.map((dataSource) => migrate(dataSource)));
      expect(done.filter((names) => names.length > 0)).toHaveLength(1);
      let left = dataSources[0]?.migrations.length ?? 0;
      for (; left > 0; left -= 1) await dataSources[0]?.undoLastMigration();
      const tables: unknown[] | undefined = await dataSources[0]?.query(
        `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'`,
      );
      expect(tables).toEqual([]);
    } finally {
      await Promise.all(dataSources.map((dataSource) => dataSource.destroy()));
      await database.drop();
    }
  });

  it('keep what is settled, back and forth', async () => {
    const database = await createTestDatabase();
    const links = (): Promise<unknown[]> =>
      database.dataSource.query(
        `SELECT listing_id::int AS listing, ${settledAt('k')} AS settled FROM identity_links k ORDER BY 1`,
      );
    try {
      await database.dataSource.query(`
        INSERT INTO identity_links (listing_id, coin_id, method, confidence, evidence, decided_by, settled_at, revoked_at)
        VALUES (1, 'a', 'own', 1, '[]', 'matcher', '2026-01-01Z', NULL), (2, 'b', 'own', 1, '[]', 'matcher', NULL, NULL),
               (3, 'c', 'own', 1, '[]', 'matcher', NULL, NULL)`);
      await database.dataSource.query(
        `INSERT INTO identity_settlements VALUES (2, '2026-02-02Z'), (1, '2026-02-01Z')`,
      );
      const before = await links();
      expect(before).toEqual([
        { listing: 1, settled: new Date('2026-01-01Z') },
        { listing: 2, settled: new Date('2026-02-02Z') },
        { listing: 3, settled: null },
      ]);
      const isThere = async (): Promise<boolean> => {
        const rows = await database.dataSource.query<{ name: string | null }[]>(
          `SELECT to_regclass('identity_settlements')::text AS name`,
        );
        return rows[0]?.name !== null;
      };
      while (await isThere()) await database.dataSource.undoLastMigration();
      expect(
        await database.dataSource.query('SELECT settled_at FROM identity_links ORDER BY link_id'),
      ).toEqual([
        { settled_at: new Date('2026-01-01Z') },
        { settled_at: new Date('2026-02-02Z') },
        { settled_at: null },
      ]);
      await migrate(database.dataSource);
      expect(await links()).toEqual(before);
    } finally {
      await database.drop();
    }
  });

  it('wait for another replica’s as long as those take, whatever limits the database has', async () => {
    const database = await createEmptyDatabase();
    const name = new URL(database.url.value).pathname.slice(1);
    await asAdmin(`ALTER DATABASE ${name} SET statement_timeout = '100ms'`);
    await asAdmin(`ALTER DATABASE ${name} SET lock_timeout = '100ms'`);
    const first = new Client({ connectionString: database.url.value });
    await first.connect();
    try {
      await first.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      const opening = openDatabase(database.url, readSettings({}), { ownServer: false });
      await until('the second to have waited longer than any of the limits', async () => {
        const { rows } = await first.query(
          `SELECT FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event = 'advisory' AND query_start < now() - interval '0.4 s'`,
        );
        return rows.length > 0 || undefined;
      });
      await first.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      const dataSource = await opening;
      const applied: unknown[] = await dataSource.query('SELECT FROM migrations');
      expect(applied).toHaveLength(dataSource.migrations.length);
      await dataSource.destroy();
    } finally {
      await first.end();
      await database.drop();
    }
  });
});
