import { Client } from 'pg';
import { SeededRandom } from '../chaos/seeded-random.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const COUNTED = `
  SELECT (SELECT count(*) FROM coins WHERE merged_into IS NULL) AS coins,
         (SELECT count(*) FROM coins WHERE divergence IS NOT NULL) AS divergent_coins`;
const KEPT = `
  SELECT coalesce(sum(rows) FILTER (WHERE counted = 'coins'), 0)::bigint AS coins,
         coalesce(sum(rows) FILTER (WHERE counted = 'divergent_coins'), 0)::bigint AS divergent_coins
  FROM row_counts`;

describe('the counts that are kept', () => {
  let database: TestDatabase;
  let writers: readonly Client[];

  beforeAll(async () => {
    database = await createTestDatabase();
    writers = Array.from({ length: 4 }, () => new Client({ connectionString: database.url.value }));
    await Promise.all(writers.map((writer) => writer.connect()));
  });
  afterAll(async () => {
    await Promise.all(writers.map((writer) => writer.end()));
    await database.drop();
  });

  const query = async (sql: string): Promise<unknown> => {
    const rows: unknown[] = await database.dataSource.query(sql);
    return rows[0];
  };
  const found = (from: number, to: number, extra = ''): string => `
    INSERT INTO coins (coin_id, symbol, name, divergence)
    SELECT 'coin-' || i, 'S', 'N', CASE WHEN i % 2 = 0 THEN 1 END FROM generate_series(${from}, ${to}) i ${extra}`;

  it('let writers write at once, and show what is committed', async () => {
    const [one, other] = writers;
    if (!one || !other) throw new Error('there are no writers');
    await one.query('BEGIN');
    await one.query(found(1, 10));
    await one.query(`UPDATE coins SET merged_into = 'coin-1' WHERE coin_id = 'coin-2'`);
    await other.query('BEGIN');
    // Would wait for the first for ever if they had one row between them.
    await other.query(found(11, 13));
    expect(await query(KEPT)).toEqual({ coins: '0', divergent_coins: '0' });
    await one.query('COMMIT');
    expect(await query(KEPT)).toEqual({ coins: '9', divergent_coins: '5' });
    await other.query('ROLLBACK');
    expect(await query(KEPT)).toEqual({ coins: '9', divergent_coins: '5' });
    await query(`DELETE FROM coins`);
  });

  it('are right after whatever several writers did, and stay few', async () => {
    const random = new SeededRandom(11);
    const coin = (writer: number): string => `'coin-${writer}${random.below(40)}'`;
    const write = async (writer: Client, number: number): Promise<void> => {
      const own = `coin_id ~ '^coin-${number}'`;
      for (let round = 0; round < 40; round++) {
        await writer.query('BEGIN');
        for (let step = 0; step <= random.below(4); step++)
          await writer.query(
            random.pick([
              found(number * 100, number * 100 + random.below(60), 'ON CONFLICT (coin_id) DO NOTHING'),
              `UPDATE coins SET divergence = CASE WHEN divergence IS NULL THEN 3 END
               WHERE ${own} AND hashtext(coin_id) % 3 = ${random.below(3)}`,
              `UPDATE coins SET price = ${random.below(9)}, merged_into = NULL WHERE ${own}`,
              `UPDATE coins SET merged_into = coin_id WHERE coin_id >= ${coin(number)} AND ${own}`,
              `DELETE FROM coins WHERE coin_id > ${coin(number)} AND ${own}`,
            ]),
          );
        await writer.query(random.pick(['COMMIT', 'COMMIT', 'ROLLBACK']));
      }
    };
    await Promise.all(writers.map((writer, index) => write(writer, index + 1)));
    const counted = await query(COUNTED);
    expect(counted).not.toEqual({ coins: '0', divergent_coins: '0' });
    expect(await query(KEPT)).toEqual(counted);
    await query(found(9000, 9001));
    expect(await query('SELECT count(*)::int AS kept FROM row_counts')).toEqual({ kept: 2 });
  });
});
