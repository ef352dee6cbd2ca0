import type { DataSource } from 'typeorm';

/** Any number, as long as no other program on the same database takes the same. */
const MIGRATION_LOCK = 7_245_113;

/** Brings the schema up to date. Replicas that start together wait for the first and then find nothing to do. */
export async function migrate(dataSource: DataSource): Promise<readonly string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    // A migration may take longer than any query of the service.
    await runner.query('SET statement_timeout = 0');
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const done = await dataSource.runMigrations({ transaction: 'all' });
    return done.map((migration) => migration.name);
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await runner.query('RESET statement_timeout');
    await runner.release();
  }
}
