import { QueryFailedError } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { createTestDatabase } from '../../test/support/database.js';
import type { TestDatabase } from '../../test/support/database.js';
import { copyRows } from './copy-rows.js';
import { pipelined } from './pipelined.js';

describe('rows that are copied', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.dataSource.query(
      'CREATE TABLE copied (id int PRIMARY KEY, words text, amount numeric, sure boolean, list text[], at timestamptz)',
    );
  });
  afterEach(() => database.dataSource.query('TRUNCATE copied'));
  afterAll(() => database.drop());

  const inTransaction = <T>(work: (manager: EntityManager) => Promise<T>): Promise<T> =>
    database.dataSource.transaction(work);
  const stored = (): Promise<object[]> => database.dataSource.query('SELECT * FROM copied ORDER BY id');
  const words = async (...texts: (string | null)[]): Promise<unknown[]> => {
    await inTransaction((manager) =>
      copyRows(
        manager,
        'copied',
        ['id', 'words'],
        texts.map((text, id) => [id, text]),
      ),
    );
    return (await stored()).map((row) => ('words' in row ? row.words : undefined));
  };

  it('come out as they went in', async () => {
    const texts = [
      '',
      '\\N',
      '\\',
      '\\.',
      'a\tb',
      'a\nb',
      'a\r\nb',
      'tab\\t',
      ' x ',
      '"q"',
      'Ünï ₿ 🪙',
      null,
    ];
    expect(await words(...texts)).toEqual(texts);
  });

  it('keep every digit, and what is unknown stays so', async () => {
    await inTransaction((manager) =>
      copyRows(
        manager,
        'copied',
        ['id', 'amount', 'sure', 'list', 'at'],
        [
          [1, '0.000000000000000003800000001', true, '{"a","b,\\"c\\""}', '2026-11-27T06:00:00.123Z'],
          [2, null, null, null, null],
        ],
      ),
    );
    expect(await stored()).toEqual([
      {
        id: 1,
        words: null,
        amount: '0.000000000000000003800000001',
        sure: true,
        list: ['a', 'b,"c"'],
        at: new Date('2026-11-27T06:00:00.123Z'),
      },
      { id: 2, words: null, amount: null, sure: null, list: null, at: null },
    ]);
  });

  it('may be none', async () => {
    expect(await words()).toEqual([]);
  });

  it('are all refused when one of them is there already, and the connection goes on', async () => {
    await words('first');
    const again = inTransaction(async (manager) => {
      await copyRows(
        manager,
        'copied',
        ['id', 'words'],
        [
          [1, 'second'],
          [0, 'once more'],
          [2, 'third'],
        ],
      );
    });
    await expect(again).rejects.toThrow(QueryFailedError);
    await expect(again).rejects.toThrow(/duplicate key/);
    expect(await stored()).toMatchObject([{ id: 0, words: 'first' }]);
    expect(await database.dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('are written between what is asked before and behind them, and with it or not at all', async () => {
    const counts = await inTransaction((manager) =>
      pipelined(
        (): Promise<unknown> => manager.query('SELECT count(*)::int AS rows FROM copied'),
        () => copyRows(manager, 'copied', ['id'], [[1], [2]]),
        (): Promise<unknown> => manager.query('SELECT count(*)::int AS rows FROM copied'),
      ),
    );
    expect(counts).toEqual([[{ rows: 0 }], undefined, [{ rows: 2 }]]);
    const broken = inTransaction((manager) =>
      pipelined(
        () => copyRows(manager, 'copied', ['id'], [[3]]),
        () => copyRows(manager, 'copied', ['id'], [['not a number']]),
        (): Promise<unknown> => manager.query('INSERT INTO copied (id) VALUES (4)'),
      ),
    );
    await expect(broken).rejects.toThrow(/invalid input syntax/);
    expect(await stored()).toHaveLength(2);
  });
});
