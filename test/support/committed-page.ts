import type { DataSource } from 'typeorm';
import { until } from './until.js';

/** Waits until CoinGecko's page before this one is committed: while that is written, this one is fetched already. */
export async function committedBefore(page: number, database: DataSource): Promise<void> {
  await until(`the page before page ${page} to be committed`, async () => {
    const rows: unknown[] = await database.query(
      `SELECT 1 FROM etl_checkpoints WHERE source = 'coingecko' AND (cursor->>'page')::int = $1`,
      [page],
    );
    return rows[0];
  });
}
