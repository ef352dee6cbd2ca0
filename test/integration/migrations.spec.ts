import { createDataSource } from '../../src/database/data-source.js';
import { migrate } from '../../src/database/migrate.js';
import { createEmptyDatabase } from '../support/database.js';

describe('migrations', () => {
  it('leave no difference to the entities', async () => {
    const database = await createEmptyDatabase();
    const dataSource = createDataSource(database.url.value, { poolSize: 2, idleTransactionSeconds: 30 });
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
    const dataSources = Array.from({ length: 4 }, () =>
      createDataSource(database.url.value, { poolSize: 2, idleTransactionSeconds: 30 }),
    );
    try {
      await Promise.all(dataSources.map((dataSource) => dataSource.initialize()));
      const done = await Promise.all(dataSources.map((dataSource) => migrate(dataSource)));
      expect(done.filter((names) => names.length > 0)).toHaveLength(1);
      await dataSources[0]?.undoLastMigration();
      const tables: unknown[] | undefined = await dataSources[0]?.query(
        `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'`,
      );
      expect(tables).toEqual([]);
    } finally {
      await Promise.all(dataSources.map((dataSource) => dataSource.destroy()));
      await database.drop();
    }
  });
});
