/**
 * Coins of two sources and runs, in the tables as they are migrated. Every column that is sorted by is in an order of
 * its own; symbols are hardly ever shared, so that a filter finds as much in a large table as in a small one.
 */
export function seedCoins(
  coins: number,
  runs: number,
): Readonly<Record<'coins' | 'others' | 'checkpoints', readonly string[]>> {
  const numbers = `
    round((10 ^ (i * 7919 % 9000 / 1000::float8 - 4))::numeric, 9) AS price, (2e12 / i)::bigint::numeric AS market_cap,
    (i * 104729 % 999983)::numeric AS volume_24h, (i * 31 % 4001 - 2000) / 100.0 AS price_change_24h, i::integer AS rank`;
  const columns = 'price, market_cap, volume_24h, price_change_24h, rank';
  const listings = (source: string, share: number): string => `
    INSERT INTO listings (source, source_coin_id, symbol, name, symbol_key, name_key, ${columns}, source_updated_at,
                          quoted_at, fetched_at, coin_id, run_id, raw_page_id)
    SELECT '${source}', 'coin-' || i, upper(substr(md5(i::text), 1, 6)), 'Coin ' || md5('name' || i),
           substr(md5(i::text), 1, 6), 'coin ' || md5('name' || i), price, market_cap, volume_24h, price_change_24h, rank,
           now(), now(), now(), 'coin-' || i, 1, 1
    FROM (SELECT i, ${numbers} FROM generate_series(1::bigint, ${Math.ceil(coins * share)}) i) seeded`;
  const runColumns = 'trigger, status, fence, instance, started_at, finished_at, pages, extracted, unchanged';
  return {
    coins: [
      `INSERT INTO coins (coin_id, symbol, name, ${columns}, price_status, sources, as_of, fresh_until)
     SELECT 'coin-' || i, upper(substr(md5(i::text), 1, 6)), 'Coin ' || md5('name' || i), price, market_cap, volume_24h,
            price_change_24h, rank, 'agreed', '{coingecko,coinpaprika}', now(), now() + interval '1 day'
     FROM (SELECT i, ${numbers} FROM generate_series(1::bigint, ${coins}) i) seeded`,
    ],
    others: [
      // Their coins come beside them: none can be looked up yet.
      'SET session_replication_role = replica',
      listings('coingecko', 1),
      listings('coinpaprika', 0.05),
      'SET session_replication_role = DEFAULT',
      `INSERT INTO etl_runs (source, ${runColumns})
     SELECT (ARRAY['coingecko', 'coinpaprika'])[1 + i % 2], 'schedule', CASE i % 50 WHEN 7 THEN 'failed' ELSE 'success' END,
            i, 'bench', now() - make_interval(secs => ${runs} - i + 5), now() - make_interval(secs => ${runs} - i), 80, 250,
            250
     FROM generate_series(1, ${runs}) i`,
    ],
    checkpoints: [
      `INSERT INTO etl_checkpoints AS c (source, next_due_at, listings, data_as_of, total_runs, finished_runs,
                                       successful_runs, failed_runs, records_processed, seconds_spent, last_run_at,
                                       last_success_at)
     SELECT source, now() + interval '1 day', 0, now(), count(*), count(*), count(*) FILTER (WHERE status = 'success'),
            count(*) FILTER (WHERE status = 'failed'), 250 * count(*), 5 * count(*), now(), now()
     FROM etl_runs GROUP BY source
     ON CONFLICT (source) DO UPDATE
     SET data_as_of = excluded.data_as_of, total_runs = excluded.total_runs, finished_runs = excluded.finished_runs,
         successful_runs = excluded.successful_runs, failed_runs = excluded.failed_runs, records_processed = excluded.records_processed,
         seconds_spent = excluded.seconds_spent, next_due_at = excluded.next_due_at`,
      `UPDATE etl_checkpoints c
     SET listings = (SELECT count(*) FROM listings l WHERE l.source = c.source)`,
    ],
  };
}
