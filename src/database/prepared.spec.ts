import { QueryFailedError } from 'typeorm';
import { createTestDatabase } from '../../test/support/database.js';
import type { TestDatabase } from '../../test/support/database.js';
import { pipelined } from './pipelined.js';
import { askPrepared } from './prepared.js';

describe('what is asked with every page', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is read once by a connection, also when it is asked again before its first answer', async () => {
    const text = 'SELECT $1::int + 1 AS next';
    await database.dataSource.transaction(async (manager) => {
      const answers = await pipelined(
        () => askPrepared(manager, text, [1]),
        () => askPrepared(manager, text, [2]),
      );
      expect(answers).toEqual([[{ next: 2 }], [{ next: 3 }]]);
      const prepared = await manager.query<unknown[]>(
        `SELECT generic_plans + custom_plans AS asked FROM pg_prepared_statements WHERE statement = $1`,
        [text],
      );
      expect(prepared).toEqual([{ asked: '2' }]);
    });
  });

  it('fails as everything does that is asked, and can be asked again', async () => {
    const text = 'SELECT 1 / $1::int AS part';
    const { dataSource } = database;
    await expect(dataSource.transaction((manager) => askPrepared(manager, text, [0]))).rejects.toThrow(
      QueryFailedError,
    );
    expect(await dataSource.transaction((manager) => askPrepared(manager, text, [1]))).toEqual([{ part: 1 }]);
  });

  it('needs a connection of its own', async () => {
    await expect(askPrepared(database.dataSource.manager, 'SELECT 1', [])).rejects.toThrow('that is ours');
  });
});
