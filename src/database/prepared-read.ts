import type { QueryResult } from 'pg';
import type { DataSource } from 'typeorm';
import { nameOf } from './prepared.js';

interface Pool {
  query(config: { name: string; text: string; values: readonly unknown[] }): Promise<QueryResult>;
}

/**
 * A statement that is asked again and again with other parameters: each connection reads its text once, and plans it
 * once where one plan does. Only for texts of which there are few: PostgreSQL forgets none of them.
 */
export async function preparedRead<Row>(
  dataSource: DataSource,
  text: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const { rows } = await poolOf(dataSource).query({ name: nameOf(text), text, values: parameters });
  return rows as Row[];
}

/** TypeORM doesn't say what its driver's pool is. */
function poolOf(dataSource: DataSource): Pool {
  const { driver } = dataSource;
  const pool: unknown = 'master' in driver ? driver.master : null;
  if (typeof pool !== 'object' || pool === null || !('query' in pool))
    throw new Error('the data source has no pool');
  return pool as Pool;
}
