import { dataPage, UTC } from '../../src/coins/data.queries.js';
import { DataQuery, SORTS } from '../../src/coins/data.query.js';
import type { Sort } from '../../src/coins/data.query.js';
import { SeededRandom } from '../chaos/seeded-random.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const COINS = 70;
const SOURCES = ['coingecko', 'csv'] as const;
/** Few of each, so that many are equal. */
const SYMBOLS: readonly [string, ...string[]] = ['BTC', 'ETH', 'ÄÖ', 'X%Y'];
const NAMES: readonly [string, ...string[]] = [
  'Bitcoin',
  'bitcoin',
  'BITCOIN CASH',
  'Ether',
  'Äther',
  '50%_\\',
];
const NUMBERS: readonly [string | null, ...(string | null)[]] = [null, null, '0', '0.0', '1.50', '1.5', '7'];
const QS: readonly [string, ...string[]] = ['bit', 'COIN-1', 'ä', '%', '_', '\\', 'x', 'nothing', ' '];

const COLUMN: Record<Sort, string> = {
  rank: 'rank',
  market_cap: 'market_cap',
  volume_24h: 'volume_24h',
  current_price: 'price',
  price_change_24h: 'price_change_24h',
  name: 'lower(name)',
};

/** What a page is, said as plainly as SQL can say it: everything is joined, filtered, sorted and counted. */
async function plainly(
  database: TestDatabase,
  query: DataQuery,
  { limit, offset }: { limit: number; offset: number },
): Promise<unknown> {
  const descending = query.order ? query.order === 'desc' : query.sort !== 'rank' && query.sort !== 'name';
  const filtered = `
    WITH listed AS (
      SELECT coin_id, symbol, name, price, market_cap, volume_24h, price_change_24h, rank, sources, price_status,
             as_of AS updated, '' AS source_coin_id
      FROM coins WHERE merged_into IS NULL AND $1::text IS NULL
      UNION ALL
      SELECT l.coin_id, upper(l.symbol), l.name, l.price, l.market_cap, l.volume_24h, l.price_change_24h, l.rank,
             c.sources, CASE WHEN l.implausible THEN 'implausible' ELSE c.price_status END, l.quoted_at,
             l.source_coin_id
      FROM listings l JOIN coins c ON c.coin_id = l.coin_id WHERE l.source = $1
    ), filtered AS (
      SELECT * FROM listed
      WHERE ($2::text[] IS NULL OR symbol = ANY($2))
        AND ($3::text[] IS NULL OR coin_id IN (SELECT coalesce(merged_into, coin_id) FROM coins WHERE coin_id = ANY($3)))
        AND ($4::text IS NULL OR strpos(lower(name), lower($4)) > 0 OR strpos(lower(symbol), lower($4)) > 0
             OR strpos(lower(coin_id), lower($4)) > 0)
    ), page AS (
      SELECT coin_id, symbol, name, price AS current_price, market_cap, volume_24h, price_change_24h, rank, sources,
             price_status, ${UTC('updated')} AS last_updated
      FROM filtered
      ORDER BY ${COLUMN[query.sort]} ${descending ? 'DESC' : 'ASC'} NULLS LAST, coin_id, source_coin_id
      LIMIT $5 OFFSET $6
    )`;
  const rows: unknown[] = await database.dataSource.query(
    `${filtered}
     SELECT '[' || coalesce((SELECT string_agg(row_to_json(page)::text, ',') FROM page), '') || ']' AS rows,
            (SELECT count(*) FROM filtered) AS total,
            (SELECT ${UTC('max(data_as_of)')} FROM etl_checkpoints
             WHERE $1::text IS NULL OR source = $1) AS data_as_of`,
    [query.source ?? null, query.symbol ?? null, query.ids ?? null, query.q ?? null, limit, offset],
  );
  return rows[0];
}

/** Coins, some merged into others, and two sources’ listings of them, sometimes two of one source. */
async function fill(database: TestDatabase, random: SeededRandom): Promise<void> {
  const query = (sql: string, rows: readonly object[]): Promise<unknown> =>
    database.dataSource.query(sql, [JSON.stringify(rows)]);
  const numbers = (): object => ({
    name: random.pick(NAMES),
    price: random.pick(NUMBERS),
    market_cap: random.pick(NUMBERS),
    volume_24h: random.pick(NUMBERS),
    price_change_24h: random.pick([...NUMBERS, '-3.25']),
    rank: random.below(3) === 0 ? null : 1 + random.below(random.pick([2, 40])),
  });
  const ids = random.shuffled(Array.from({ length: COINS }, (_, index) => `coin-${index}`));
  const living = ids.slice(COINS / 10);
  const coins = ids.map((coin_id, index) => ({
    coin_id,
    symbol: random.pick(SYMBOLS),
    merged_into: index < COINS / 10 ? random.pick(living as [string, ...string[]]) : null,
    divergence: random.below(2) === 0 ? random.below(4) : null,
    sources: [random.pick(SOURCES)],
    as_of: random.below(5) === 0 ? null : '2026-01-02T03:04:05.678Z',
    ...numbers(),
  }));
  await query(
    `INSERT INTO coins (coin_id, symbol, name, price, market_cap, volume_24h, price_change_24h, rank, divergence, sources,
                        as_of, merged_into)
     SELECT coin_id, symbol, name, price, market_cap, volume_24h, price_change_24h, rank, divergence, sources, as_of,
            merged_into
     FROM json_to_recordset($1::json) AS r(coin_id text, symbol text, name text, price numeric, market_cap numeric,
       volume_24h numeric, price_change_24h numeric, rank integer, divergence float8, sources text[], as_of timestamptz,
       merged_into text)`,
    coins,
  );
  const listings = SOURCES.flatMap((source) =>
    living.flatMap((coin_id) =>
      Array.from({ length: random.below(3) }, (_, index) => ({
        source,
        source_coin_id: `${coin_id}-${index}`,
        coin_id,
        symbol: random.pick(SYMBOLS).toLowerCase(),
        implausible: random.below(4) === 0,
        ...numbers(),
      })),
    ),
  );
  await query(
    `INSERT INTO listings (source, source_coin_id, symbol, name, symbol_key, name_key, price, market_cap, volume_24h,
                           price_change_24h, rank, quoted_at, fetched_at, coin_id, implausible, run_id, raw_page_id)
     SELECT source, source_coin_id, symbol, name, symbol, name, price, market_cap, volume_24h, price_change_24h, rank,
            now(), now(), coin_id, implausible, 1, 1
     FROM json_to_recordset($1::json) AS r(source text, source_coin_id text, symbol text, name text, price numeric,
       market_cap numeric, volume_24h numeric, price_change_24h numeric, rank integer, coin_id text, implausible boolean)`,
    listings,
  );
  await database.dataSource.query(
    `INSERT INTO etl_checkpoints (source, next_due_at, data_as_of, listings)
     SELECT source, now(), now() - count(*) * interval '1 second', count(*) FROM listings GROUP BY source`,
  );
}

describe('pages of /data', () => {
  it.each([1, 2, 3, 4, 5])('are what one plain query gives, in random tables (seed %i)', async (seed) => {
    const random = new SeededRandom(seed);
    const database = await createTestDatabase();
    try {
      await fill(database, random);
      const maybe = <T>(value: () => T): T | undefined => (random.below(4) === 0 ? value() : undefined);
      for (let round = 0; round < 150; round++) {
        const query = Object.assign(new DataQuery(), {
          sort: random.pick([...SORTS]),
          order: random.pick([undefined, 'asc', 'desc']),
          source: random.pick([undefined, ...SOURCES]),
          symbol: maybe(() => [random.pick(SYMBOLS), random.pick(SYMBOLS)]),
          ids: maybe(() => Array.from({ length: 12 }, () => `coin-${random.below(COINS)}`)),
          q: maybe(() => random.pick(QS)),
        });
        const limit = random.pick([1, 3, 7, 100]);
        const paging = { limit, offset: limit * random.pick([0, 0, 1, 2, 5, 1000]) };
        const { text, parameters } = dataPage(query, paging);
        const rows: unknown[] = await database.dataSource.query(text, [...parameters]);
        expect({ query, paging, page: rows[0] }).toEqual({
          query,
          paging,
          page: await plainly(database, query, paging),
        });
      }
    } finally {
      await database.drop();
    }
  });
});
