import type { DataSource, QueryRunner } from 'typeorm';
import { until } from './until.js';

/** A transaction of the test's own, whose locks stop the service where the test wants it stopped. */
export class LockHolder {
  private constructor(
    private readonly dataSource: DataSource,
    private readonly runner: QueryRunner,
    private readonly pid: number,
  ) {}

  /** Runs `during` inside a transaction, which is committed after it. */
  static async during<T>(dataSource: DataSource, during: (holder: LockHolder) => Promise<T>): Promise<T> {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      const [backend] = (await runner.query('SELECT pg_backend_pid() AS pid')) as { pid: number }[];
      const result = await during(new LockHolder(dataSource, runner, backend?.pid ?? 0));
      await runner.commitTransaction();
      return result;
    } finally {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
      await runner.release();
    }
  }

  async query(statement: string, parameters?: unknown[]): Promise<unknown[]> {
    return (await this.runner.query(statement, parameters)) as unknown[];
  }

  /** Resolves with the processes that wait for these locks, or for one that waits for them, once there are so many. */
  waiting(count = 1): Promise<number[]> {
    return until(`${count} to wait for a lock`, async () => {
      // Not by the holder's own connection: a transaction sees the activity of its first look for ever.
      const rows: { pid: number }[] = await this.dataSource.query(
        `SELECT pid FROM pg_stat_activity
         WHERE datname = current_database() AND $1 = ANY(pg_blocking_pids(pid))
            OR EXISTS (SELECT 1 FROM pg_stat_activity other
                       WHERE $1 = ANY(pg_blocking_pids(other.pid)) AND other.pid = ANY(pg_blocking_pids(pg_stat_activity.pid)))`,
        [this.pid],
      );
      return rows.length >= count && rows.map(({ pid }) => pid);
    });
  }
}
