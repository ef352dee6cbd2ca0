import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { startService } from '../support/service.js';

describe('a source at the next start', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const isDue = async (environment: Record<string, string>): Promise<boolean> => {
    // A tick that long ago is over: nothing runs before the row is looked at.
    const service = await startService({
      database,
      environment: { ETL_ON_STARTUP: 'true', ETL_TICK_SECONDS: '3600', ...environment },
    });
    try {
      const rows = await service.rows<{ due: boolean }>(
        `SELECT next_due_at <= now() OR last_run_at > now() - interval '1 minute' AS due
         FROM etl_checkpoints WHERE source = 'csv'`,
      );
      return rows[0]?.due ?? false;
    } finally {
      await service.stop();
      await database.dataSource.query(
        `UPDATE etl_checkpoints SET last_run_at = NULL, next_due_at = now() + interval '20 minutes',
                last_success_at = now(), cool_down_until = NULL`,
      );
    }
  };

  it('waits for its time when nothing changed, and is due when its settings did', async () => {
    // It never ran.
    expect(await isDue({})).toBe(true);
    expect(await isDue({})).toBe(false);
    expect(await isDue({ CSV_PATH: 'data/' })).toBe(true);
    expect(await isDue({ CSV_PATH: 'data/' })).toBe(false);
  });
});
