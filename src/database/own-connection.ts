import { QueryFailedError } from 'typeorm';
import type { EntityManager } from 'typeorm';

/** pg's client, as far as we ask it things that TypeORM has no words for. */
interface Connection {
  query(query: unknown): unknown;
}

/** The connection of a manager's transaction. */
export async function connectionOf(manager: EntityManager): Promise<Connection> {
  const runner = manager.queryRunner;
  if (!runner || runner.isReleased) throw new Error('what is asked here needs a connection that is ours');
  return (await runner.connect()) as Connection;
}

/** As the rest of what TypeORM is asked fails. */
export function failureOf(statement: string, parameters: readonly unknown[], error: unknown): unknown {
  return error instanceof Error ? new QueryFailedError(statement, [...parameters], error) : error;
}
