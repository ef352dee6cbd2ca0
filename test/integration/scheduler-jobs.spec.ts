import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { LockHolder } from '../support/lock-holder.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { until } from '../support/until.js';

/** What the scheduler does at a tick: start what is due, derive what has expired, let go of what is old. */
describe('a job of the scheduler', () => {
  let database: TestDatabase;
  let service: Service | null = null;

  const start = async (): Promise<Service> => {
    const environment = { SOURCES: 'csv', ETL_ON_STARTUP: 'true', ETL_TICK_SECONDS: '0.05' };
    service = await startService({ database, environment });
    return service;
  };
  const stop = async (): Promise<void> => {
    const running = service;
    service = null;
    await running?.stop();
  };
  const runs = async (count: number): Promise<void> => {
    await until(`${count} runs`, async () => {
      const ended = await database.dataSource.query<unknown[]>(
        `SELECT 1 FROM etl_runs WHERE status = 'success'`,
      );
      return ended.length >= count;
    });
  };

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await stop();
    await database.drop();
  });

  it('doesn’t hold up the others while it takes its time, nor the process that stops', async () => {
    await LockHolder.during(database.dataSource, async (holder) => {
      // Only what deletes waits for this.
      await holder.query('LOCK TABLE quarantine IN SHARE MODE');
      await start();
      await holder.waiting();
      await runs(1);
      await database.dataSource.query('UPDATE etl_checkpoints SET next_due_at = now()');
      await runs(2);
      await stop();
    });
  });

  it('that fails doesn’t keep the others from their work', async () => {
    await start();
    await runs(1);
    await database.dataSource.query('ALTER TABLE etl_checkpoints RENAME COLUMN next_due_at TO away');
    await database.dataSource.query('UPDATE coins SET fresh_until = now()');
    await until('what has expired to be derived', async () => {
      const left = await database.dataSource.query<unknown[]>(
        'SELECT 1 FROM coins WHERE fresh_until <= now() LIMIT 1',
      );
      return left.length === 0;
    });
    await database.dataSource.query('ALTER TABLE etl_checkpoints RENAME COLUMN away TO next_due_at');
  });
});
