import type { DataSource } from 'typeorm';

/** Fewer new rows don't change what PostgreSQL plans. */
const ENOUGH = 500;
const SHARE = 0.1;

/** By a quarter of the rows that PostgreSQL would read by itself: the run is waiting. */
const lookAt = (table: string): string => `SET LOCAL default_statistics_target = 25; ANALYZE ${table}`;
const TABLES = ['coins', 'listings', 'listing_contracts', 'identity_links'];

/**
 * Lets PostgreSQL look at tables that have just grown much: it does so by itself, but up to minutes later, and until then
 * it plans reads for the tables as they were. `inserted`: new listings. Says whether it did.
 */
export async function analyseGrown(dataSource: DataSource, inserted: number): Promise<boolean> {
  if (inserted < ENOUGH) return false;
  const rows: { listings: number }[] = await dataSource.query(
    'SELECT coalesce(sum(listings), 0)::float8 AS listings FROM etl_checkpoints',
  );
  if (inserted < (rows[0]?.listings ?? 0) * SHARE) return false;
  // Each by itself: nobody's table is held while another's is waited for.
  for (const table of TABLES) await dataSource.query(lookAt(table));
  return true;
}
