import type { DataSource } from 'typeorm';
import { createTestDatabase } from '../../test/support/database.js';
import type { TestDatabase } from '../../test/support/database.js';
import { DatabaseLine } from '../../test/support/database-line.js';
import { createDataSource } from './data-source.js';
import { isDatabaseUnavailable } from './database-errors.js';

describe('a data source', () => {
  let database: TestDatabase;
  let line: DatabaseLine;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    line = await DatabaseLine.open(database.url.value);
    dataSource = createDataSource(line.url, { poolSize: 1, idleTransactionSeconds: 30, silenceMs: 750 });
    await dataSource.initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await line.close();
    await database.drop();
  });

  const one = (): Promise<unknown> => dataSource.query('SELECT 1 AS one');

  it('lets go of a connection that has fallen silent, and takes another', async () => {
    line.fallSilent();
    const lost: unknown = await one().catch((error: unknown) => error);
    expect(isDatabaseUnavailable(lost)).toBe(true);
    await line.restore();
    expect(await one()).toEqual([{ one: 1 }]);
  });

  it('keeps one whose statement takes longer than that, as long as there is something to hear', async () => {
    const rows: unknown[] = await dataSource.query(
      // Every row is more than the server holds back to send at once.
      `SELECT length(repeat('x', 20000)::text) AS long, repeat('x', 20000) AS text, pg_sleep(0.15) FROM generate_series(1, 10)`,
    );
    expect(rows).toHaveLength(10);
  });

  it('closes though its connections have fallen silent', async () => {
    await one();
    line.fallSilent();
    await dataSource.destroy();
    await line.restore();
    await dataSource.initialize();
    expect(await one()).toEqual([{ one: 1 }]);
  });
});
