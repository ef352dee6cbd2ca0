import { createTestDatabase } from '../../test/support/database.js';
import type { TestDatabase } from '../../test/support/database.js';
import { inTransaction } from './in-transaction.js';
import { pipelined } from './pipelined.js';

describe('a transaction that asks at once', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.dataSource.query('CREATE TABLE notes (note text)');
  });
  afterAll(() => database.drop());

  const notes = async (): Promise<unknown> => database.dataSource.query('SELECT note FROM notes');
  /** Connections that were not given back, or not as they were. */
  const open = async (): Promise<unknown> =>
    database.dataSource.query(
      `SELECT state FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
    );

  it('asks inside of itself, locks included, and has what it asked for its work', async () => {
    const transaction = (): string => `SELECT pg_current_xact_id()::text AS id`;
    const ids = await inTransaction(
      database.dataSource,
      async (manager) => {
        const [, rows] = await pipelined(
          () => manager.query('LOCK TABLE notes IN SHARE ROW EXCLUSIVE MODE'),
          () => manager.query<{ id: string }[]>(transaction()),
        );
        return rows[0]?.id;
      },
      async (manager, asked) => {
        await manager.query(`INSERT INTO notes VALUES ('kept')`);
        const rows: { id: string }[] = await manager.query(transaction());
        return [asked, rows[0]?.id];
      },
    );
    expect(ids[0]).toBe(ids[1]);
    expect(await notes()).toEqual([{ note: 'kept' }]);
    expect(await open()).toEqual([]);
  });

  it('takes everything back when its work fails', async () => {
    const failing = inTransaction(
      database.dataSource,
      async () => undefined,
      async (manager) => {
        await manager.query(`INSERT INTO notes VALUES ('taken back')`);
        throw new Error('no');
      },
    );
    await expect(failing).rejects.toThrow('no');
    expect(await notes()).toEqual([{ note: 'kept' }]);
    expect(await open()).toEqual([]);
  });

  it('does no work when what it asks fails, and says why', async () => {
    const work = jest.fn<Promise<void>, []>();
    const failing = inTransaction(database.dataSource, (manager) => manager.query('SELECT 1 / 0'), work);
    await expect(failing).rejects.toThrow('division by zero');
    expect(work).not.toHaveBeenCalled();
    expect(await open()).toEqual([]);
  });
});
