import { MigrationExecutor } from 'typeorm';
import type { DataSource } from 'typeorm';

/** Any number, as long as no other program on the same database takes the same. */
export const MIGRATION_LOCK = 7_245_113;

/**
 * Brings the schema up to date. Replicas that start together wait for the first and then find nothing to do. The
 * lock is its connection's, and so are the migrations: neither outlives the other. Needs a migrating data source,
 * to be closed whatever happens.
 */
export async function migrate(dataSource: DataSource): Promise<readonly string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    // The server's or the database's own, meant for others.
    for (const limit of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
      await runner.query(`SET ${limit} = 0`);
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'all';
    const done = await executor.executePendingMigrations();
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    return done.map((migration) => migration.name);
  } finally {
    await runner.release();
  }
}
