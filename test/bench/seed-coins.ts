import { Client } from 'pg';
import { seedCoins } from './growth.queries.js';

/** Indexes that are no constraint's, as they were migrated. $1 tables */
const INDEXES = `
  SELECT c.relname AS name, pg_get_indexdef(c.oid) AS definition
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE i.indrelid = ANY($1::regclass[]) AND NOT EXISTS (SELECT 1 FROM pg_constraint n WHERE n.conindid = c.oid)
  ORDER BY c.relname`;

/**
 * Fills migrated tables with coins and runs. Their indexes are made anew behind the rows, as pg_restore does: kept up
 * row by row, a million rows would take minutes.
 */
export async function seedDatabase(url: string, coins: number, runs: number): Promise<void> {
  const seed = seedCoins(coins, runs);
  await Promise.all([fill(url, ['coins'], seed.coins), fill(url, ['listings', 'etl_runs'], seed.others)]);
  await fill(url, [], [...seed.checkpoints, 'VACUUM (ANALYZE) coins, listings, etl_runs, etl_checkpoints']);
}

async function fill(url: string, tables: readonly string[], statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET synchronous_commit = off; SET maintenance_work_mem = '256MB'`);
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(INDEXES, [tables]);
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    for (const statement of statements) await client.query(statement);
    for (const { definition } of indexes) await client.query(definition);
  } finally {
    await client.end();
  }
}
